"""Brings one service to one image: triggered once, followed to its end, with the reason where it fails."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from smctl.errors import RemoteFailed, SmctlError
from smctl.release.model import Deploy, Service, sha_of
from smctl.release.remotes.failure import RequestFailed

POLL, SLOWEST_POLL = 1.0, 3.0  # seconds; the platform takes 400 questions a minute
# Seconds after which a deploy that was asked for is listed, or was not begun. Users of Render saw some
# only after 20 s, and what is asked for again too early is a second deploy.
APPEARS = 30.0
TRIES = 2
# Of Render: 15 min for new instances to become healthy, 30 for the command before, and the queue.
DEADLINE = 60 * 60.0
CUT_OFF = 5 * 60.0  # seconds without any answer from the platform
LAST_LINES = 20

Say = Callable[[str], None]


class LogLine(Protocol):
    @property
    def message(self) -> str: ...


class Platform(Protocol):
    """What is asked of a platform here; smctl/release/remotes/render.py has it."""

    def deploys(self, service_id: str, *, limit: int = 100) -> list[Deploy]: ...
    def deploy(self, service_id: str, deploy_id: str) -> Deploy: ...
    def start_deploy(self, service_id: str, image: str) -> Deploy | None: ...
    def roll_back(self, service_id: str, deploy_id: str) -> Deploy | None: ...
    def cancel(self, service_id: str, deploy_id: str) -> Deploy: ...
    def failure(self, service_id: str, deploy: Deploy) -> str: ...

    def log_lines(
        self, owner: str, service_ids: Sequence[str], *, since: datetime, limit: int = 100
    ) -> Sequence[LogLine]: ...


class ReleaseFailed(SmctlError):
    """The platform did what it was asked, and the release did not come up."""


def bring(platform: Platform, service: Service, image: str, say: Say) -> Deploy:
    """Have the service run the image, and return its deploy once that is live.

    What an earlier run has triggered is followed, not triggered again. Raises ReleaseFailed with the reason
    and the log's last lines; RemoteFailed where the platform does not do its part.
    """
    known = platform.deploys(service.id)
    deploy = _there_already(known, image) or _start(platform, service, image, known, say)
    return follow(platform, service, deploy, say)


def go_back(platform: Platform, service: Service, to: Deploy, say: Say) -> Deploy:
    """Have the service run what that deploy of it ran; the platform's own rollback where it still can.

    Raises as `bring` does.
    """
    known = platform.deploys(service.id)
    deploy = _there_already(known, to.image)
    if deploy is None:
        try:
            deploy = _once(
                lambda: platform.roll_back(service.id, to.id), platform, service, to.image, known, say
            )
        except RemoteFailed as error:
            if _unsure(error):
                raise
            say(f"no rollback to {to.id} ({error.message}); deploys its image")
            deploy = _start(platform, service, to.image, known, say)
    return follow(platform, service, deploy, say)


def stop_going(platform: Platform, service: Service, image: str) -> None:
    """Cancel what is under way with this image; nothing where it ended by itself meanwhile."""
    for deploy in platform.deploys(service.id):
        if not deploy.ended and sha_of(deploy.image) == sha_of(image):
            with suppress(RemoteFailed):
                platform.cancel(service.id, deploy.id)


def follow(platform: Platform, service: Service, deploy: Deploy, say: Say) -> Deploy:
    """The deploy once it is live. Raises as `bring` does."""
    told = ""
    for _ in _moments(DEADLINE):
        if deploy.status != told:
            say(f"{service.name}: {deploy.status.replace('_', ' ')}")
            told = deploy.status
        if deploy.ended:
            break
        deploy = _asked(platform, service, deploy, say)
    if not deploy.ended:
        raise RemoteFailed(
            "deploy_slow", f"{service.name} is still {told} after an hour.", fix="smctl deploy"
        )
    if not deploy.succeeded:
        raise _failed(platform, service, deploy)
    return deploy


def _there_already(known: list[Deploy], image: str) -> Deploy | None:
    """A deploy of this image that is live or on its way."""
    wanted = sha_of(image)
    return next(
        (
            deploy
            for deploy in known
            if deploy.sha == wanted and (not deploy.ended or deploy.status == "live")
        ),
        None,
    )


def _start(platform: Platform, service: Service, image: str, known: list[Deploy], say: Say) -> Deploy:
    return _once(lambda: platform.start_deploy(service.id, image), platform, service, image, known, say)


def _once(
    ask: Callable[[], Deploy | None],
    platform: Platform,
    service: Service,
    image: str,
    known: list[Deploy],
    say: Say,
) -> Deploy:
    """Ask for a deploy so that there is one: where the answer was lost, what there is decides."""
    before = {deploy.id for deploy in known}
    for tried in range(1, TRIES + 1):
        failure: RemoteFailed | None = None
        try:
            deploy = ask()
        except RemoteFailed as error:
            if not _unsure(error):
                raise
            deploy, failure = None, error
            say(f"{service.name}: {error.message} Looks whether the deploy is there all the same.")
        deploy = deploy or _appeared(platform, service, image, before)
        if deploy:
            return deploy
        if failure is None or tried == TRIES:
            break
    raise failure or RemoteFailed(
        "deploy_lost",
        f"{service.name}: the platform took the deploy and does not list it.",
        fix="smctl deploy; what is there is then followed",
    )


def _appeared(platform: Platform, service: Service, image: str, before: set[str]) -> Deploy | None:
    for _ in _moments(APPEARS):
        for deploy in platform.deploys(service.id):
            if deploy.id not in before and deploy.sha == sha_of(image):
                return deploy
    return None


def _unsure(error: RemoteFailed) -> bool:
    """Whether the platform may have done what it did not say it has: the answer was lost, or it broke."""
    return isinstance(error, RequestFailed) and error.unsure


def _passing(error: RemoteFailed) -> bool:
    """Whether the same question may be answered later."""
    return isinstance(error, RequestFailed) and (error.status in (0, 429) or error.status >= 500)


def _asked(platform: Platform, service: Service, deploy: Deploy, say: Say) -> Deploy:
    """The deploy as it is now; the platform may be out of reach for a while."""
    ends = time.monotonic() + CUT_OFF
    while True:
        try:
            return platform.deploy(service.id, deploy.id)
        except RemoteFailed as error:
            if not _passing(error) or time.monotonic() > ends:
                raise
            say(f"{service.name}: {error.message} Asks again.")
            time.sleep(SLOWEST_POLL)


def _failed(platform: Platform, service: Service, deploy: Deploy) -> ReleaseFailed:
    """With what the platform knows of it; that it knows nothing is no second failure."""
    reason, lines = "", list[str]()
    with suppress(RemoteFailed):
        reason = platform.failure(service.id, deploy)
    with suppress(RemoteFailed):
        since = deploy.created_at - timedelta(seconds=1)
        logged = platform.log_lines(service.owner, [service.id], since=since, limit=100)
        lines = [f"{service.name} | {_plain(line.message)}" for line in logged][-LAST_LINES:]
    return ReleaseFailed(
        deploy.status,
        f"{service.name} did not come up: {reason or deploy.status.replace('_', ' ')}",
        why="\n".join(lines),
        fix=f"smctl logs --production {'web' if service.kind == 'web' else 'worker'}",
    )


def _plain(line: str) -> str:
    """A structured line as its level and message; another one as it is."""
    try:
        document = json.loads(line)
        return f"{document['level']} {document['message']}"
    except (ValueError, KeyError, TypeError):
        return line


def _moments(seconds: float) -> Iterator[None]:
    """Now, and again and again with growing pauses, until the time is up."""
    ends, pause = time.monotonic() + seconds, POLL
    yield
    while time.monotonic() < ends:
        time.sleep(pause)
        pause = min(pause * 1.1, SLOWEST_POLL)
        yield
