"""The Engine protocol: both engines offer the same verbs with the same results, so no command asks which it
is on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from smctl.errors import WrongUse
from smctl.stack.capture import Captured, OnLine
from smctl.stack.services import Connection, Event, LogLine, Running, ServiceState, Stack

NAMES = ("docker", "embedded")
OnEvent = Callable[[Event], None]


class Engine(Protocol):
    name: str

    def up(self, stack: Stack, *, on_event: OnEvent, deadline: float) -> Running:
        """Start, repair or adopt until every service is healthy. Idempotent.

        deadline: seconds from now. Raises NotHealthy at once when a service exits or turns unhealthy, with
        its last log lines and last probe answer as the reason. KeyboardInterrupt: what this call started is
        stopped.
        """

    def recover(self) -> None:
        """Clear away what a crash has left in the way of a change. Only while the stack is held
        (state.changing).
        """

    def down(self, *, remove_data: bool = False) -> None:
        """Stop everything and return when it is gone. Data stays unless remove_data."""

    def status(self) -> list[ServiceState]:
        """Every service of the project as it is now, probed now; an empty list where there is no stack."""

    def logs(
        self, services: Sequence[str], *, follow: bool, since: float | None, tail: int | None
    ) -> Iterator[LogLine]:
        """Log lines in the order of their time. since: seconds since the epoch. tail: lines per service."""

    def run(self, service: str, argv: Sequence[str], *, env: Mapping[str, str], tty: bool) -> int:
        """Run a command in the service's environment, standard streams passed through; its exit status.

        Raises NotHealthy (`not_running`), WrongUse (`no_such_command`).
        """

    def capture(self, service: str, argv: Sequence[str], *, on_line: OnLine) -> Captured:
        """The same for a program: nothing to read, each line of stderr to on_line, stdout kept. The command
        ends when this is interrupted.
        """

    def restart(self, services: Sequence[str], *, on_event: OnEvent, deadline: float) -> None:
        """Stop and start these services; returns when they are healthy."""

    def held_ports(self) -> Mapping[str, int]:
        """Ports that this stack itself is listening on now, by service."""

    def connection(self) -> Connection:
        """Database and redis URLs as seen from this machine."""


def no_such_command(service: str, name: str) -> WrongUse:
    """There is no such program where a command was to be run."""
    return WrongUse(
        "no_such_command",
        f"There is no program {name!r} in {service}.",
        fix=f"smctl run {service} -- sh",
    )
