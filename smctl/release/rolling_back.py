"""Back to a release that was live: web, worker and frontend together, with the schema that it needs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from smctl.errors import RemoteFailed, SmctlError, WrongUse
from smctl.release import deploying, refs, rollout, verifying
from smctl.release.ledger import Pair, Release
from smctl.release.model import Service
from smctl.release.refs import HOLD, Note, Refs, note
from smctl.release.remotes.values import Backup, Database, Job
from smctl.release.remotes.vercel import VercelProject
from smctl.release.schema import SCHEMA
from smctl.release.steps import Act, Journal, Say, Step
from smctl.release.target import Target

HOLDING, BACKUP, REVERSE, FRONTEND = "hold", "backup", "reverse migrations", "roll back frontend"
WEB, WORKER = "roll back web", "roll back worker"
BACKUP_DEADLINE, JOB_DEADLINE = 30 * 60.0, 30 * 60.0  # seconds
FRONTEND_DEADLINE = 120.0
POLL = 1.0
SHOWN = 15  # releases in a list


class Platform(deploying.Platform, Protocol):
    def start_job(self, service_id: str, command: str) -> Job: ...
    def job(self, service_id: str, job_id: str) -> Job: ...
    def start_backup(self, postgres_id: str) -> None: ...
    def backups(self, postgres_id: str) -> list[Backup]: ...


class Frontend(Protocol):
    """What visitors load; smctl/release/remotes/vercel.py has it."""

    def roll_back(self, deployment_id: str) -> None: ...
    def project(self) -> VercelProject: ...


@dataclass(frozen=True)
class Plan:
    """bad: what is live. to: what is to be live again. reversal: commands that the newer code
    runs before the switch. backup: the database that gets one before that. frontend: the deployment of the
    same commit; empty where there is none.
    """

    bad: Release
    to: Release
    pair: Pair
    url: str
    reversal: tuple[str, ...] = ()
    backup: Database | None = None
    frontend: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        to, worker = self.to.sha[:12], self.pair.worker
        steps = [Step(HOLDING, f"no push brings {self.bad.sha[:12]} back until smctl deploy --lift-hold")]
        if self.reversal and self.backup:
            steps.append(Step(BACKUP, f"asks for a backup of {self.backup.name}, and waits for it"))
        if self.reversal:
            steps.append(Step(REVERSE, f"the newer code runs: {'; '.join(self.reversal)}"))
        steps.append(Step(WEB, f"{self.pair.web.name} runs {to} again"))
        if worker:
            steps.append(Step(WORKER, f"{worker.name} runs {to} again"))
        steps.append(Step(deploying.VERIFY, f"{self.url}/health is 200 with release {to}"))
        steps.append(Step(deploying.SETTLE, "the services keep this image for whatever starts them next"))
        if self.frontend:
            steps.append(Step(FRONTEND, f"visitors get the frontend of {to} again"))
        return tuple(steps)


def chosen(found: Sequence[Release], typed: str, live: Release, subjects: Mapping[str, str]) -> Release:
    """The release that `typed` means, the beginning of a commit that was live. For nothing: the last good one
    of those that were there before what is live now was there for the first time.

    Raises WrongUse with a list of those that there are.
    """
    each = _distinct(found)
    whole = [release for release in each if release.whole and release.sha != live.sha]
    if not typed:
        before = each[[release.sha for release in each].index(live.sha) + 1 :]
        fits = [release for release in before if release.whole][:1]
    elif live.sha.startswith(typed):
        raise WrongUse("live_already", f"{live.sha[:12]} is live already.", why=listed(whole, subjects))
    else:
        fits = [release for release in whole if release.sha.startswith(typed)]
    if len(fits) == 1:
        return fits[0]
    raise WrongUse(
        "which_release" if fits else "no_release",
        (
            f"{typed} may be several releases."
            if fits
            else f"No release {typed} was live before.".replace("  ", " ")
        ),
        why=listed(fits or whole, subjects),
        fix="smctl releases",
    )


def listed(found: Sequence[Release], subjects: Mapping[str, str]) -> str:
    """Commit, age and subject of each, newest first."""
    rows = [
        f"{release.sha[:12]}  {refs.ago(release.web.created_at)}  {subjects.get(release.sha, '')}".rstrip()
        for release in found[:SHOWN]
    ]
    return "\n".join(rows)


def carry_out(
    platform: Platform,
    frontend: Frontend | None,
    notes: Refs,
    wanted: Plan,
    held: Note,
    journal: Journal,
) -> None:
    """Every step. Where the release does not come up, what was live is put on every service again.

    Raises what the step raised, with what is live now in its message.
    """
    try:
        journal.carry_out(wanted.steps, _acts(platform, frontend, notes, wanted, held))
    except SmctlError as error:
        switched = any(each.name in (WEB, WORKER) for each in journal.ended)
        back = deploying.Plan(wanted.to.sha, wanted.to.web.image, wanted.url, wanted.pair, wanted.bad)
        # A schema that was reversed is the older code's; a deploy of the newer one migrates it again.
        if switched and not wanted.reversal:
            raise deploying.told(error, deploying.put_back(platform, back, journal)) from error
        raise deploying.told(error, deploying.what_is_live(platform, wanted.pair)) from error


def _acts(
    platform: Platform, frontend: Frontend | None, notes: Refs, wanted: Plan, held: Note
) -> dict[str, Act]:
    pair, to = wanted.pair, wanted.to

    def back(service: Service | None, release: Release) -> Act:
        def act(say: Say) -> None:
            deploy = release.web if service is pair.web else release.worker
            if service and deploy:
                rollout.stop_going(platform, service, wanted.bad.web.image)
                rollout.go_back(platform, service, deploy, say)

        return act

    return {
        HOLDING: lambda say: _put(notes, HOLD, held),
        BACKUP: lambda say: _back_up(platform, wanted.backup, say),
        REVERSE: lambda say: _reverse(platform, notes, wanted, say),
        WEB: back(pair.web, to),
        WORKER: back(pair.worker, to),
        deploying.VERIFY: lambda say: verifying.verify(wanted.url, to.sha, say),
        deploying.SETTLE: lambda say: deploying.settle(platform, pair, to.web.image),
        FRONTEND: lambda say: _move(frontend, wanted.frontend),
    }


def _move(frontend: Frontend | None, deployment: str) -> None:
    """Have visitors get that deployment, and return once they do."""
    if frontend is None:
        return
    frontend.roll_back(deployment)
    ends = time.monotonic() + FRONTEND_DEADLINE
    while time.monotonic() < ends:
        asked = frontend.project().last_alias_request
        if asked and asked.deployment_id == deployment and asked.status == "succeeded":
            return
        if asked and asked.deployment_id == deployment and asked.ended:
            break
        time.sleep(POLL)
    raise RemoteFailed(
        "frontend_stays",
        "The API is back, and Vercel did not move its domains.",
        fix=f"vercel rollback {deployment}",
    )


def _put(notes: Refs, name: str, wanted: Note) -> None:
    """The newest note is the one that counts."""
    there = notes.find(name)
    if not notes.put(name, wanted, over=there.commit if there else ""):
        raise RemoteFailed("note_lost", f"{name} could not be set on the remote.", fix="smctl rollback")


def _back_up(platform: Platform, database: Database | None, say: Say) -> None:
    if database is None:
        return
    before = {backup.id for backup in platform.backups(database.id)}
    platform.start_backup(database.id)
    ends = time.monotonic() + BACKUP_DEADLINE
    while time.monotonic() < ends:
        new = [backup for backup in platform.backups(database.id) if backup.id not in before]
        if new and new[0].url:
            say(f"{database.name}: backup {new[0].id} is there")
            return
        say(f"{database.name}: the backup is being made")
        time.sleep(POLL)
    raise RemoteFailed(
        "no_backup",
        "The backup did not come in half an hour.",
        fix="make one, then smctl rollback --no-backup",
    )


def _reverse(platform: Platform, notes: Refs, wanted: Plan, say: Say) -> None:
    web = wanted.pair.web
    for command in wanted.reversal:
        say(command)
        job = platform.start_job(web.id, command)
        ends = time.monotonic() + JOB_DEADLINE
        while not job.ended and time.monotonic() < ends:
            time.sleep(POLL)
            job = platform.job(web.id, job.id)
        if job.status != "succeeded":
            raise rollout.ReleaseFailed(
                "not_reversed",
                f"{command} {job.status}; nothing was switched.",
                why=_job_lines(platform, web, job),
                fix="smctl deploy, which migrates forward again",
            )
    _put(notes, SCHEMA, note(wanted.to.sha, "migrations reversed to those of"))


def _job_lines(platform: Platform, web: Service, job: Job) -> str:
    try:
        lines = platform.log_lines(web.owner, [job.id], since=job.created_at, limit=100)
    except RemoteFailed:
        return ""
    return "\n".join(line.message for line in lines[-rollout.LAST_LINES :])


def _distinct(found: Sequence[Release]) -> list[Release]:
    """The newest of each commit, in the order of when each was there first, newest first."""
    return list({release.sha: release for release in reversed(found)}.values())[::-1]


def not_reverted(target: Target, wanted: Plan, *, revert: bool) -> tuple[str, ...]:
    """What a rollback leaves as it is, for people."""
    lines = [] if revert else [f"the branch {target.branch}, which has {wanted.bad.sha[:12]} (--revert)"]
    lines.append("what was written to the database since")
    if not wanted.reversal:
        lines.append("migrations of the newer release")
    return tuple(lines)
