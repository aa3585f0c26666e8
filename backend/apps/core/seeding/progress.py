"""How far a seed is, for whoever waits for it."""

import time
from collections.abc import Callable

FIRST_SECONDS, EVERY_SECONDS = 1.0, 0.5


class Progress:
    """A line twice a second at most, and none in the first second."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._began = time.monotonic()
        self._next = self._began + FIRST_SECONDS

    def removed(self, businesses: int, *, of: int) -> None:
        self._line(f"{businesses} of {of} businesses removed")

    def added(self, businesses: int, transactions: int, rows: int, *, of: int) -> None:
        rate = rows / max(time.monotonic() - self._began, 0.001)
        self._line(f"{businesses} of {of} businesses, {transactions} transactions, {rate:.0f} rows/s")

    def _line(self, line: str) -> None:
        if time.monotonic() >= self._next:
            self._tell(f"seed: {line}")
            self._next = time.monotonic() + EVERY_SECONDS


def silence(line: str) -> None:
    """Tell nobody."""
