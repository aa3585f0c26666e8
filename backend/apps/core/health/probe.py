"""Asks one server how it is, and never waits longer than it was told to."""

import threading
import time
from collections.abc import Callable, Mapping

from apps.core.health.state import ServiceDown, State

States = Mapping[str, State]
Check = Callable[[], States]
"""Returns the state of each service it looks at; raises ServiceDown or TimeoutError for all of them."""


class _Flight(threading.Thread):
    """One run of a check, on a thread of its own, because nothing else bounds a name look-up."""

    def __init__(self, services: tuple[str, ...], check: Check) -> None:
        super().__init__(name=f"health-{services[0]}", daemon=True)
        self.started_at = time.monotonic()
        # What stands if the check dies of something nobody foresaw.
        self.states: States = dict.fromkeys(services, State.DOWN)
        self._services = services
        self._check = check

    def run(self) -> None:
        try:
            self.states = self._check()
        except TimeoutError:
            self.states = dict.fromkeys(self._services, State.TIMEOUT)
        except ServiceDown:
            self.states = dict.fromkeys(self._services, State.DOWN)


class Probe:
    """At most one flight at a time: a server that hangs is reported, not asked again and again."""

    def __init__(self, services: tuple[str, ...], check: Check, *, deadline: float) -> None:
        self._services = services
        self._check = check
        self._deadline = deadline
        self._flight: _Flight | None = None

    def launch(self) -> None:
        """Start asking, unless an earlier question is still unanswered."""
        if self._flight is None or not self._flight.is_alive():
            self._flight = _Flight(self._services, self._check)
            self._flight.start()

    def states(self) -> States:
        """Return the answer, or "timeout" once the deadline (seconds since the question) has passed."""
        if self._flight is None:
            raise RuntimeError("launch() comes before states()")
        self._flight.join(max(0.0, self._flight.started_at + self._deadline - time.monotonic()))
        if self._flight.is_alive():
            return dict.fromkeys(self._services, State.TIMEOUT)
        return self._flight.states
