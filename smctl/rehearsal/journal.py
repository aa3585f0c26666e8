"""What the services of a rehearsal say: the last lines, in memory."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from smctl.rehearsal.runner import OnLine

MOST_LINES = 20_000


@dataclass(frozen=True)
class Line:
    """resource: the service or job that said it. kind: app or build."""

    id: str
    timestamp: datetime
    resource: str
    instance: str
    kind: str
    message: str


class Journal:
    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def writer(self, resource: str, instance: str, kind: str = "app") -> OnLine:
        """What to hand to whoever runs things."""

        def write(message: str) -> None:
            with self._lock:
                number, said = f"{next(self._numbers):020d}", message.rstrip("\n")
                self._lines.append(Line(number, datetime.now(UTC), resource, instance, kind, said))

        return write

    def lines(
        self, resources: Collection[str], *, since: datetime, until: datetime, containing: str = ""
    ) -> list[Line]:
        """Oldest first."""
        with self._lock:
            lines = list(self._lines)
        wanted = containing.casefold()
        return [
            line
            for line in lines
            if line.resource in resources
            and since <= line.timestamp <= until
            and wanted in line.message.casefold()
        ]
