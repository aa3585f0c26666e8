from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from smctl.commands.invocation import Invocation
from smctl.commands.production import Production, Seen, side_by_side
from smctl.commands.releasing import (
    LOCKING,
    Told,
    carried_out,
    locking,
    show_findings,
    show_steps,
)
from smctl.errors import Refused
from smctl.output import on_a_terminal
from smctl.project import git
from smctl.release import preflight, refs, reverting, rolling_back, schema, steps
from smctl.release.ledger import Release
from smctl.release.migrations import between
from smctl.release.preflight import Finding
from smctl.release.refs import HOLD
from smctl.release.schema import SCHEMA
from smctl.release.steps import Journal, Step

if TYPE_CHECKING:
    import typer

REVERT = "revert"


@dataclass(frozen=True)
class Typed:
    lock_wait: float
    break_lock: bool
    revert: bool


def rollback(
    ctx: typer.Context,
    sha: Annotated[
        str,
        typer.Argument(
            help="A release that was live; the last good one where none is named.", metavar="[SHA]"
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")
    ] = False,
    revert: Annotated[
        bool, typer.Option("--revert", help="Also commit and push the revert of what is rolled back.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    no_backup: Annotated[
        bool, typer.Option("--no-backup", help="Reverse migrations without a backup.")
    ] = False,
    lock_wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for somebody else's lock.")] = 0,
    break_lock: Annotated[bool, typer.Option("--break-lock", help="Take the lock, whoever has it.")] = False,
) -> int:
    """Bring back a release that was live. The migrations in between are read first.

    Example: smctl rollback --dry-run
    """
    call: Invocation = ctx.obj
    production = Production(call)
    typed = Typed(lock_wait, break_lock, revert)
    seen = production.see()
    bad, to = _chosen(production, seen, sha)
    findings, plan = _look(production, seen, bad, to, backup=not no_backup, typed=typed)
    show_findings(call.out, findings)
    todo = (LOCKING, *plan.steps, *_reverting(production, revert))
    told = Told(production.target, to.sha, rolled_back_from=bad.sha, findings=findings)
    show_steps(call.out, todo)
    if dry_run:
        call.out.data(told.document("planned", steps.planned(todo)), "")
    preflight.refuse(findings, "rollback")
    if dry_run:
        return 0
    _agree(call, to, yes=yes)
    return carried_out(
        call.out,
        told,
        lambda journal: _do(production, plan, typed, journal),
        after=_after(production, plan, revert=revert),
    )


def _chosen(production: Production, seen: Seen, typed: str) -> tuple[Release, Release]:
    """What is live, and what is to be. Raises Refused where nothing is live, WrongUse for what was not."""
    live = seen.live
    if live is None or not live.sha:
        raise Refused("nothing_live", "Nothing of ours is live, so there is nothing to go back from.")
    named = git.matching(production.root, typed) if typed else []
    typed = named[0] if len(named) == 1 else typed
    return live, rolling_back.chosen(seen.releases, typed, live, production.subjects(seen.releases))


def _look(
    production: Production, seen: Seen, bad: Release, to: Release, *, backup: bool, typed: Typed
) -> tuple[list[Finding], rolling_back.Plan]:
    """Raises Refused where git does not know one of the commits."""
    noted = production.refs.find(SCHEMA)
    migrated = schema.newest(seen.releases, noted, contains=production.contains)
    migrated = migrated or [bad.sha]
    judged, lock, frontend = side_by_side(
        lambda: between(production.root, to.sha, migrated[0], on_line=production.say),
        lambda: production.refs.find(refs.LOCK),
        lambda: _frontend(production, to.sha),
    )
    reverser = _reverser(production, seen, migrated[0]) if judged.reversal else bad.sha
    databases = production.render.databases() if judged.reversal and backup else []
    found = [
        Finding("from", "ok", _said(production, bad)),
        Finding("to", "ok", _said(production, to)),
        preflight.reversal(judged, migrated, live=bad.sha, reverser=reverser),
        preflight.lock(lock, mine=typed.break_lock or typed.lock_wait > 0),
        *([preflight.backup(databases)] if judged.reversal and backup else []),
        *([preflight.frontend(frontend, to.sha)] if production.vercel else []),
    ]
    plan = rolling_back.Plan(
        bad,
        to,
        seen.pair,
        production.target.url,
        reversal=judged.reversal,
        backup=databases[0] if len(databases) == 1 else None,
        frontend=frontend or "",
    )
    return found, plan


def _reverser(production: Production, seen: Seen, migrated: str) -> str:
    """The commit whose code knows every migration that the database has: the newest such that ran whole, so
    that it can be deployed where it is not live; else the one that migrated last.
    """
    for release in seen.releases:
        if release.whole and production.contains(migrated, release.sha):
            if not between(production.root, release.sha, migrated).migrations:
                return release.sha
    return migrated


def _frontend(production: Production, sha: str) -> str | None:
    """The deployment of that commit; None where there is none, or no frontend of ours."""
    vercel = production.vercel
    if vercel is None:
        return None
    return next((each.id for each in vercel.deployments(sha) if each.ready), None)


def _said(production: Production, release: Release) -> str:
    subject = production.subjects([release]).get(release.sha, "unknown in this clone")
    return f"{release.sha[:12]} “{subject}”, deployed {refs.ago(release.web.created_at)}"


def _reverting(production: Production, wanted: bool) -> tuple[Step, ...]:
    text = f"a commit that takes it out of {production.target.branch}, pushed; then the hold is lifted"
    return (Step(REVERT, text),) if wanted else ()


def _agree(call: Invocation, to: Release, *, yes: bool) -> None:
    """Raises Refused where nobody agreed, or nobody can be asked."""
    if yes:
        return
    if not on_a_terminal() or call.out.as_json:
        raise Refused("not_confirmed", "A rollback has to be confirmed.", fix="smctl rollback --yes")
    if input(f"Roll back to {to.sha[:12]}? [y/N] ").strip().lower() not in ("y", "yes"):
        raise Refused("not_confirmed", "Nothing was changed.")


def _do(production: Production, plan: rolling_back.Plan, typed: Typed, journal: Journal) -> None:
    held = refs.note(plan.bad.sha, f"rolled back to {plan.to.sha[:12]} from")
    with ExitStack() as locks:
        lock = locking(locks, production.refs, refs.note(plan.to.sha, "rolls back"), typed)
        journal.one(LOCKING, lock)
        rolling_back.carry_out(production.render, production.vercel, production.refs, plan, held, journal)
        for step in _reverting(production, typed.revert):
            journal.one(step, lambda say: _revert(production, plan, say))


def _revert(production: Production, plan: rolling_back.Plan, say: Any) -> None:
    reverting.revert(production.root, production.target, good=plan.to.sha, bad=plan.bad.sha, say=say)
    found = production.refs.find(HOLD)
    if found:
        production.refs.remove(HOLD, found.commit)


def _after(production: Production, plan: rolling_back.Plan, *, revert: bool) -> str:
    lines = [
        f"  not reverted: {line}"
        for line in rolling_back.not_reverted(production.target, plan, revert=revert)
    ]
    if plan.frontend:
        lines.append("  Vercel keeps new builds of the frontend back until one is promoted: vercel promote")
    undo = f"  undo: smctl deploy --via api --lift-hold {plan.bad.sha[:12]}"
    return "\n".join([*lines, undo])
