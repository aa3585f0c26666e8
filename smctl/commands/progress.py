"""Progress of a start: a live line per service on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

from smctl.output import Output, seconds
from smctl.stack.services import Event, Phase

REMIND_AFTER = 3.0  # seconds of silence before a plain line says what is waited for
MARKS = {"done": "✓", "running": "✓", "exited": "✗", "failed": "✗", "failing": "✗"}


class Progress:
    """Feed it events; it shows them. A context manager, because a live display has to be ended."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._began = time.monotonic()
        self._units: dict[str, tuple[Event, float]] = {}
        self._reminded: dict[str, tuple[str, float]] = {}
        self._live: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.update(self._lines())
            self._live.stop()

    def __call__(self, event: Event) -> None:
        before = self._units.get(event.service)
        began = before[1] if before else time.monotonic()
        if event.state == "waiting" and before and before[0].state in MARKS:
            return
        self._units[event.service] = (event, began)
        if self._out.live:
            self._draw()
        else:
            self._say(event, began, before[0] if before else None)

    def _say(self, event: Event, began: float, before: Event | None) -> None:
        if event.state == "waiting":
            self._remind(event, began)
        elif before is None or (before.state, before.detail) != (event.state, event.detail):
            self._out.progress(_line(event, time.monotonic() - began))

    def _remind(self, event: Event, began: float) -> None:
        """ "Still waiting" is worth a line when it lasts, and again when the reason changes or as long again
        passed.
        """
        now = time.monotonic()
        detail, at = self._reminded.get(event.service, ("", began))
        if now - at >= REMIND_AFTER * (1 if detail != event.detail else 3):
            self._reminded[event.service] = (event.detail, now)
            self._out.progress(_line(event, now - began))

    def _draw(self) -> None:
        if self._live is None:
            from rich.console import Console  # 65 ms, spent while the servers start
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), refresh_per_second=10, transient=False)
            self._live.start()
        self._live.update(self._lines())

    def _lines(self) -> Any:
        from rich.text import Text

        now = time.monotonic()
        return Text("\n".join(_line(event, now - began) for event, began in self._units.values()))


def _line(event: Event, waited: float) -> str:
    mark = MARKS.get(event.state, "…")
    took = seconds(event.seconds if event.seconds else waited)
    detail = f"  {event.detail}" if event.detail else ""
    return f"  {mark} {event.service:<9} {event.state:<8} {took:>7}{detail}"


def summary(total: float, phases: list[Phase]) -> str:
    """`up 1.1 s: db 60 ms, …; slowest: worker 870 ms`."""
    if not phases:
        return f"already healthy ({seconds(total)})"
    slowest = max(phases, key=lambda phase: phase.seconds)
    parts = ", ".join(f"{phase.name} {seconds(phase.seconds)}" for phase in phases)
    return f"healthy in {seconds(total)}: {parts}. Slowest: {slowest.name}."
