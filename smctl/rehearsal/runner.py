"""What a production on this machine asks of whatever really runs things."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

OnLine = Callable[[str], None]


class PullFailed(Exception):
    """The registry has no such image, or did not answer; the message says which."""


@dataclass(frozen=True)
class Workload:
    """One release of one service, to be run.

    id: the deploy's, so that old and new of one service run side by side. image: with its tag or digest.
    command: empty for the image's own. env: the service's variables, values included.
    """

    id: str
    service: str
    kind: Literal["web", "worker"]
    image: str
    env: Mapping[str, str] = field(repr=False)
    command: Sequence[str] = ()
    health_path: str = ""


class Runner(Protocol):
    """Each call returns when it is done; several threads call at once, each about another workload."""

    def pull(self, image: str) -> str:
        """Fetch an image and return its digest (of this platform's manifest). Raises PullFailed."""

    def once(self, workload: Workload, command: str, *, seconds: float, on_line: OnLine) -> int:
        """Run a shell command in a container of its own with the workload's image and variables, to its end
        or `seconds`: the exit status, 124 where time was up."""

    def start(self, workload: Workload, *, on_line: OnLine) -> None:
        """Start it beside whatever runs; what it says goes to on_line until it ends."""

    def exit_status(self, workload: Workload) -> int | None:
        """None while it runs."""

    def healthy(self, workload: Workload) -> bool:
        """Whether it answers a GET of its health path with 2xx or 3xx in 5 s; a worker, whether it runs."""

    def switch(self, workload: Workload) -> None:
        """From now on new requests to its service go to this one; the old one finishes those under way."""

    def stop(self, workload: Workload, *, seconds: float) -> None:
        """SIGTERM, and SIGKILL after `seconds`; nothing where it does not run."""
