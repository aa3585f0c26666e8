"""A push whose workflow deploys: followed on GitHub to its end, with what failed where something does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from smctl.errors import RemoteFailed, SmctlError
from smctl.project import git
from smctl.release.remotes.github import JobRun, Run
from smctl.release.target import Target

APPEARS = 90.0  # seconds within which GitHub starts a workflow for a push
DEADLINE = 60 * 60.0
POLL = 2.0
LOG_LINES = 30


class GitHub(Protocol):
    """What is asked of it here; smctl/release/remotes/github.py has it."""

    def runs(self, sha: str) -> list[Run]: ...
    def run(self, run_id: int) -> Run: ...
    def jobs(self, run_id: int) -> list[JobRun]: ...
    def job_log(self, job_id: int) -> str: ...


class WorkflowFailed(SmctlError):
    """The checks, the build or the deploy of the workflow failed."""


def push(root: Path, target: Target, sha: str) -> None:
    """Nothing happens where the branch is there already. Raises SmctlError with git's own words."""
    git.run(root, "push", "--quiet", target.remote, f"{sha}:refs/heads/{target.branch}", seconds=120)


def follow(github: GitHub, sha: str, say: Callable[[str], None]) -> None:
    """Return once the newest run for that commit has succeeded."""
    run = _appeared(github, sha, say)
    ends, told = time.monotonic() + DEADLINE, ""
    while not run.ended:
        if time.monotonic() > ends:
            raise RemoteFailed("workflow_slow", "The workflow still runs after an hour.", why=run.url)
        jobs = github.jobs(run.id)
        words = ", ".join(f"{job.name} {job.conclusion or job.status}".replace("_", " ") for job in jobs)
        if words != told:
            say(words or run.status)
            told = words
        time.sleep(POLL)
        run = github.run(run.id)
    if not run.succeeded:
        raise _failed(github, run)
    say(f"succeeded: {run.url}")


def _appeared(github: GitHub, sha: str, say: Callable[[str], None]) -> Run:
    ends = time.monotonic() + APPEARS
    while True:
        runs = github.runs(sha)
        if runs:
            return runs[0]
        if time.monotonic() > ends:
            raise RemoteFailed(
                "no_workflow",
                f"GitHub started no workflow for {sha[:12]} in {APPEARS:.0f} s.",
                fix="is .github/workflows/deploy.yml on the branch, and are Actions allowed?",
            )
        say("waits for the workflow to start")
        time.sleep(POLL)


def _failed(github: GitHub, run: Run) -> WorkflowFailed:
    jobs: Sequence[JobRun] = github.jobs(run.id)
    bad = next((job for job in jobs if job.conclusion not in ("", "success", "neutral", "skipped")), None)
    if bad is None:
        return WorkflowFailed("workflow_failed", f"The workflow ended: {run.conclusion}.", why=run.url)
    try:
        log = github.job_log(bad.id).splitlines()[-LOG_LINES:]
    except RemoteFailed as error:
        log = [error.message]
    where = f"{bad.name}, {bad.failed_step}" if bad.failed_step else bad.name
    return WorkflowFailed(
        "workflow_failed",
        f"The workflow failed in {where}.",
        why="\n".join([*log, run.url]),
        fix="mend it and push again; smctl ci runs the checks here",
    )
