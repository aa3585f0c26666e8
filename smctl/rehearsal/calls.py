"""What was asked of a rehearsal, so that a test can say how often."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

MOST = 10_000


@dataclass(frozen=True)
class Call:
    """status: what was answered; 0 where the connection was cut before anything was done."""

    method: str
    path: str
    status: int


class Calls:
    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=MOST)

    def add(self, call: Call) -> None:
        self._calls.append(call)

    @property
    def all(self) -> list[Call]:
        """Oldest first."""
        return list(self._calls)

    def count(self, method: str, path: str) -> int:
        """How many of this method had this (a regular expression) in their path."""
        return sum(call.method == method and bool(re.search(path, call.path)) for call in self._calls)
