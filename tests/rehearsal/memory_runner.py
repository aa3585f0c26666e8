"""A runner that runs nothing: what is tested with it is what a platform makes of its answers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from smctl.rehearsal.platform import Platform
from smctl.rehearsal.records import DeployRecord
from smctl.rehearsal.runner import OnLine, PullFailed, Workload
from smctl.release.model import Deploy
from smctl.release.remotes.render import Render

KEY = "rnd_rehearsal0000000000000000"
REPOSITORY = "ghcr.io/owner/shop"
A, B, C = (f"{REPOSITORY}:sha-{digit * 40}" for digit in "abc")
SOON = 10.0  # seconds after which a test gives up


@dataclass
class MemoryRunner:
    """Images in `missing` cannot be pulled; `codes` has the exit status of one-off commands, by command.

    Releases whose image is in `sick` never become healthy; those in `short` end at once with that status.
    """

    missing: set[str] = field(default_factory=set)
    codes: dict[str, int] = field(default_factory=dict)
    sick: set[str] = field(default_factory=set)
    short: dict[str, int] = field(default_factory=dict)
    deaf: set[str] = field(default_factory=set)  # images that no request is sent to, whoever asks for it
    running: dict[str, Workload] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)  # each call, in order
    traffic: dict[str, str] = field(default_factory=dict)  # of each service: the image that requests go to
    seen_env: dict[str, dict[str, str]] = field(default_factory=dict)
    hold: threading.Event | None = None  # one-off commands wait for it
    starts: Counter[str] = field(default_factory=Counter)

    def pull(self, image: str) -> str:
        self.done.append(f"pull {image}")
        if image in self.missing:
            raise PullFailed(f"manifest for {image} not found")
        return "sha256:" + "a" * 64

    def once(self, workload: Workload, command: str, *, seconds: float, on_line: OnLine) -> int:
        self.done.append(f"once {command}")
        self.seen_env[workload.id] = dict(workload.env)
        on_line(f"running {command}")
        if self.hold:
            self.hold.wait(10)
        return self.codes.get(command, 0)

    def start(self, workload: Workload, *, on_line: OnLine) -> None:
        self.done.append(f"start {workload.image}")
        self.starts[workload.id] += 1
        self.seen_env[workload.id] = dict(workload.env)
        on_line(f"listening, {workload.image}")
        self.running[workload.id] = workload

    def exit_status(self, workload: Workload) -> int | None:
        if workload.image in self.short:
            return self.short[workload.image]
        return None if workload.id in self.running else 137

    def healthy(self, workload: Workload) -> bool:
        return workload.id in self.running and workload.image not in self.sick

    def switch(self, workload: Workload) -> None:
        self.done.append(f"switch {workload.image}")
        if workload.image not in self.deaf:
            self.traffic[workload.service] = workload.image

    def stop(self, workload: Workload, *, seconds: float) -> None:
        self.done.append(f"stop {workload.image}")
        self.running.pop(workload.id, None)


def released(platform: Platform, service: str, image: str) -> DeployRecord:
    """A deploy of the service of that name, after its end."""
    known = platform.state.service_named(service)
    assert known is not None
    return platform.wait(platform.start_deploy(known.id, image).id, SOON)


def rolled_back(render: Render, service: str, deploy_id: str) -> Deploy:
    """The new deploy, of a service on which nothing else goes on."""
    back = render.roll_back(service, deploy_id)
    assert back is not None
    return back


def id_of(platform: Platform, service: str) -> str:
    known = platform.state.service_named(service)
    assert known is not None
    return known.id


def until(condition: Callable[[], bool]) -> None:
    """What comes true without a change of the platform's state is looked at again and again."""
    tick = threading.Event()
    for _ in range(1000):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("it did not come true")
