"""What a deploy would find: every question at once, each answer a finding."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smctl.commands.production import Production, Seen, known_or_none, side_by_side
from smctl.project import git
from smctl.project.project import Project
from smctl.release import preflight, refs
from smctl.release.ledger import Release
from smctl.release.preflight import Finding
from smctl.release.refs import HOLD, LOCK
from smctl.scaffold import drift, rendering


@dataclass(frozen=True)
class Wanted:
    """What was typed."""

    sha: str
    via: str
    allow_dirty: bool
    lift_hold: bool
    break_lock: bool
    lock_wait: float
    risk_migrations: bool


@dataclass(frozen=True)
class Looked:
    """seen: None where no key says who to ask. live: what production runs now, as far as that is known."""

    seen: Seen | None
    live: Release | None
    findings: list[Finding]

    @property
    def good(self) -> Release | None:
        """What can be put back: none, where it could not work on the new schema."""
        risky = any(finding.name == "migrations" and finding.status != "ok" for finding in self.findings)
        return None if risky else self.live


def look(project: Project, production: Production, wanted: Wanted) -> Looked:
    """Raises RemoteFailed where production cannot be asked and has to be."""
    root, target, sha = production.root, production.target, wanted.sha
    seen = _seen(production, required=wanted.via == "api")
    live = seen.live if seen else None
    image = target.image(sha)
    asks: list[Callable[[], Any]] = [
        lambda: preflight.commits(root, live.sha if live else "", sha),
        lambda: preflight.tree(root, dirty_is_fine=wanted.allow_dirty or wanted.via == "api"),
        lambda: _generated(project),
        lambda: _lock(production, wanted),
        lambda: _hold(production, wanted),
        lambda: _migrations(production, live.sha if live else "", sha, wanted),
        lambda: _variables(production, seen),
    ]
    if wanted.via == "push":
        asks.append(lambda: preflight.branch(root, sha, target))
    else:
        asks.append(lambda: preflight.image(image, sha, _image(image)))
        asks.append(lambda: _checks(production, sha))
    findings = [finding for finding in side_by_side(*asks) if finding]
    return Looked(seen, live, findings)


def _seen(production: Production, *, required: bool) -> Seen | None:
    """A push needs no key: the workflow has it."""
    if required or os.environ.get("RENDER_API_KEY"):
        return production.see()
    return None


def _generated(project: Project) -> Finding:
    compared = drift.compare(project.root, rendering.render(project.config))
    drifted = [file.path for file in compared if file.drifted]
    if drifted:
        text = f"not what smctl.toml gives: {', '.join(drifted)}"
        return Finding("generated", "refuse", text, "smctl render, then git commit")
    return Finding("generated", "ok", "files are what smctl.toml gives")


def _lock(production: Production, wanted: Wanted) -> Finding:
    found = production.refs.find(LOCK)
    mine = bool(found and refs.left_behind(found.note, refs.note("", "")))
    return preflight.lock(found, mine=mine or wanted.break_lock or wanted.lock_wait > 0)


def _hold(production: Production, wanted: Wanted) -> Finding:
    return preflight.hold(
        production.refs.find(HOLD),
        wanted.sha,
        lifted=wanted.lift_hold,
        contains=lambda held, sha: production.contains(sha, held),
    )


def _image(image: str) -> Any:
    from smctl.release.remotes.registry import Registry

    return Registry.from_environment(os.environ).image(image)


def _checks(production: Production, sha: str) -> Finding | None:
    """None in the workflow itself, which does not come so far where one failed."""
    if os.environ.get("GITHUB_ACTIONS"):
        return None
    github = production.github
    return preflight.checks(known_or_none(lambda: github.checks(sha)) if github else None)


def _variables(production: Production, seen: Seen | None) -> Finding | None:
    if seen is None:
        return None
    services = seen.pair.services
    found = side_by_side(*(_names(production, service.id) for service in services))
    return preflight.variables({service.name: names for service, names in zip(services, found)})


def _names(production: Production, service_id: str) -> Callable[[], Any]:
    return lambda: list(production.render.variables(service_id))


def _migrations(production: Production, live: str, sha: str, wanted: Wanted) -> Finding | None:
    """None where there is nothing to compare: the first release, or the same."""
    if not live or live == sha:
        return None
    from smctl.release.migrations import between

    if not git.matching(production.root, live):
        text = f"not known: {live[:12]}, which is live, is not in this clone"
        return Finding(
            "migrations", "warn" if wanted.risk_migrations else "refuse", text, "git fetch --unshallow"
        )
    return preflight.migrations(
        between(production.root, live, sha, on_line=production.say), risked=wanted.risk_migrations
    )
