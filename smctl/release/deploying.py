"""A commit to production: the plan, and carrying it out so that one whole release is live after."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from smctl.errors import RemoteFailed, SmctlError
from smctl.release import rollout, verifying
from smctl.release.ledger import Pair, Release
from smctl.release.model import Service, sha_of
from smctl.release.rollout import ReleaseFailed
from smctl.release.steps import Act, Journal, Say, Step
from smctl.release.target import Target

WEB, WORKER, VERIFY, SETTLE, RESTORE = "deploy web", "deploy worker", "verify", "settle", "restore"


class Platform(rollout.Platform, Protocol):
    def set_image(self, service: Service, image: str) -> Service: ...


@dataclass(frozen=True)
class Plan:
    """sha, image: what is to be live. good: what is put back if it does not come up; None at the first
    deploy.
    """

    sha: str
    image: str
    url: str
    pair: Pair
    good: Release | None

    @property
    def steps(self) -> tuple[Step, ...]:
        before = self.good.sha[:12] if self.good else "nothing"
        worker = self.pair.worker
        return (
            Step(WEB, f"{self.pair.web.name} runs {self.image}, instead of {before}"),
            *([Step(WORKER, f"{worker.name} runs the same")] if worker else []),
            Step(
                VERIFY,
                f"{self.url}/health is 200 with release {self.sha[:12]}, {verifying.IN_A_ROW} times in a row",
            ),
            Step(SETTLE, "the services keep this image for whatever starts them next"),
        )


def plan(target: Target, sha: str, pair: Pair, good: Release | None) -> Plan:
    return Plan(sha, target.image(sha), target.url, pair, good)


def carry_out(platform: Platform, wanted: Plan, journal: Journal) -> None:
    """Every step; where one fails, the last good release is put back on every service.

    Raises what the step raised, with what is live now in its message.
    """
    try:
        journal.carry_out(wanted.steps, _acts(platform, wanted))
    except SmctlError as error:
        raise told(error, put_back(platform, wanted, journal)) from error


def _acts(platform: Platform, wanted: Plan) -> dict[str, Act]:
    def bring(service: Service) -> Act:
        def act(say: Say) -> None:
            rollout.bring(platform, service, wanted.image, say)

        return act

    acts: dict[str, Act] = {
        WEB: bring(wanted.pair.web),
        VERIFY: lambda say: verifying.verify(wanted.url, wanted.sha, say),
        SETTLE: lambda say: settle(platform, wanted.pair, wanted.image),
    }
    if wanted.pair.worker:
        acts[WORKER] = bring(wanted.pair.worker)
    return acts


def settle(platform: Platform, pair: Pair, image: str) -> None:
    """What is stored is what runs: a deploy by hand, or one of the platform's own, brings no other image."""
    for service in pair.services:
        if sha_of(service.image) != sha_of(image):
            platform.set_image(service, image)


def restore(platform: Platform, pair: Pair, image: str, good: Release, url: str, say: Say) -> None:
    """Have every service run the good release again; one that never left it is left alone."""
    for service, deploy in ((pair.web, good.web), (pair.worker, good.worker)):
        if service and deploy:
            rollout.stop_going(platform, service, image)
            rollout.go_back(platform, service, deploy, say)
    verifying.verify(url, good.sha, say)


def put_back(platform: Platform, wanted: Plan, journal: Journal) -> str:
    """A sentence on what is live now."""
    good = wanted.good
    if good is None or good.sha == wanted.sha:
        return what_is_live(platform, wanted.pair)
    step = Step(RESTORE, f"puts {good.sha[:12]} back on every service")
    act: Callable[[Say], None] = lambda say: restore(  # noqa: E731
        platform, wanted.pair, wanted.image, good, wanted.url, say
    )
    try:
        journal.one(step, act)
    except SmctlError as error:
        return (
            f"{good.sha[:12]} could not be put back ({error.message}). {what_is_live(platform, wanted.pair)}"
        )
    return f"{good.sha[:12]} is live, as before."


def what_is_live(platform: Platform, pair: Pair) -> str:
    """By what the platform says of each service."""
    words = []
    for service in pair.services:
        with suppress(RemoteFailed):
            runs = next((deploy for deploy in platform.deploys(service.id) if deploy.status == "live"), None)
            words.append(f"{service.name} runs {runs.sha[:12] or runs.image if runs else 'nothing'}")
    return f"Live now: {', '.join(words)}." if words else "What is live now could not be asked."


def told(error: SmctlError, live: str) -> SmctlError:
    """The same error, that also says what is live."""
    error.message = f"{error.message} {live}"
    error.args = (error.message,)
    if isinstance(error, RemoteFailed) and not isinstance(error, ReleaseFailed):
        error.fix = error.fix or "smctl deploy; it finds out where it stands and goes on"
    return error
