"""The production of this project: its clients, made from the environment, and what they say of it now."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from smctl.commands.invocation import Invocation
from smctl.errors import SmctlError, WrongUse
from smctl.project import git
from smctl.release import ledger, refs
from smctl.release.ledger import Pair, Release
from smctl.release.refs import Refs
from smctl.release.target import Target, of

if TYPE_CHECKING:
    from smctl.release.remotes.github import GitHub
    from smctl.release.remotes.render import Render
    from smctl.release.remotes.vercel import Vercel

SIDE_BY_SIDE = 8  # questions at once


@dataclass(frozen=True)
class Seen:
    """The services and their releases, newest first."""

    pair: Pair
    releases: list[Release]

    @property
    def live(self) -> Release | None:
        return ledger.live(self.releases)


class Production:
    """What a verb needs of it is made when it asks."""

    def __init__(self, call: Invocation) -> None:
        self._call = call
        self.say = call.out.progress
        self.root = call.project.root
        self.target: Target = of(call.project.config.deploy, os.environ)

    @cached_property
    def render(self) -> Render:
        from smctl.release.remotes.render import Render

        return Render.from_environment(os.environ, on_wait=self._call.out.progress)

    @cached_property
    def github(self) -> GitHub | None:
        """None where no token is set, or the remote is no repository of GitHub."""
        from smctl.release.remotes.github import GitHub

        repository = github_repository(git.remote_url(self.root, self.target.remote))
        if not os.environ.get("GITHUB_TOKEN") or not repository:
            return None
        return GitHub.from_environment(os.environ, repository, on_wait=self._call.out.progress)

    @cached_property
    def vercel(self) -> Vercel | None:
        """None where there is no token, or no project is named."""
        from smctl.release.remotes.vercel import Vercel

        project = os.environ.get("VERCEL_PROJECT_ID", "")
        if not os.environ.get("VERCEL_TOKEN") or not project:
            return None
        team = os.environ.get("VERCEL_ORG_ID", "")
        return Vercel.from_environment(os.environ, project, team, on_wait=self._call.out.progress)

    @cached_property
    def refs(self) -> Refs:
        return Refs(self.root, self.target.remote)

    def pair(self) -> Pair:
        """The services that run this project's image. Raises RemoteFailed."""
        return ledger.pair(self.render.services(), self.target.repository)

    def see(self) -> Seen:
        """Ask for services and deploys. Raises RemoteFailed."""
        pair = self.pair()
        web, worker = side_by_side(
            lambda: self.render.deploys(pair.web.id),
            lambda: self.render.deploys(pair.worker.id) if pair.worker else None,
        )
        return Seen(pair, ledger.releases(web, worker))

    def commit(self, typed: str) -> str:
        """The commit that a person means, HEAD for nothing. Raises WrongUse where it is none, or several."""
        found = git.matching(self.root, typed or "HEAD")
        if len(found) == 1:
            return found[0]
        why = "\n".join(
            f"{commit.sha[:12]}  {refs.ago(commit.at)}  {commit.subject}"
            for commit in (
                git.commits(self.root, "--no-walk", *found) if found else git.commits(self.root, most=10)
            )
        )
        raise WrongUse(
            "which_commit" if found else "no_commit",
            f"{typed} may be several commits." if found else f"There is no commit {typed or 'yet'}.",
            why=why,
            fix="write more of it" if found else "git log",
        )

    def contains(self, newer: str, older: str) -> bool:
        """Whether a commit has another one in its history, or is it."""
        return newer == older or git.is_ancestor(self.root, older, newer)

    def subjects(self, releases: list[Release]) -> dict[str, str]:
        """The subject of each release's commit, as far as this clone knows it."""
        known = [each.sha for each in releases if each.sha and git.matching(self.root, each.sha)]
        if not known:
            return {}
        found = git.commits(self.root, "--no-walk", *known, most=1000)
        return {commit.sha: commit.subject for commit in found}


def side_by_side(*asks: Callable[[], Any]) -> list[Any]:
    """What each returns; the first error of one, once all have ended."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        asked = [pool.submit(ask) for ask in asks]
    return [each.result() for each in asked]


def github_repository(url: str) -> str:
    """owner/name of an address of GitHub's; empty for another. GITHUB_REPOSITORY stands above it."""
    if os.environ.get("GITHUB_REPOSITORY"):
        return os.environ["GITHUB_REPOSITORY"]
    _, host, path = url.partition("github.com")
    return path.lstrip(":/").removesuffix(".git") if host else ""


def known_or_none(ask: Callable[[], Any]) -> Any:
    """For what a verb can do without: None where it cannot be asked."""
    try:
        return ask()
    except SmctlError:
        return None
