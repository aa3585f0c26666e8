"""What became of the tasks, as one hash in Redis: workers add to it, web processes read it.

Workers and web processes may be on different machines, and Redis is what they share. A duration counts in the
smallest bucket that holds it, and adds to a sum.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

KEY = "smartmarket:metrics:tasks"
# In seconds; the last one is Celery's hard time limit.
BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0, float("inf"))

_SECONDS = "seconds"


class TaskState(StrEnum):
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RETRIED = "retried"
    # The process that ran it was killed; it is delivered again.
    LOST = "lost"
    # Ended by an operator, or by itself without an outcome.
    CANCELLED = "cancelled"


STATES = frozenset(state.value for state in TaskState)


class Tally:
    """Counts until somebody takes the counts away. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._increments: defaultdict[str, float] = defaultdict(float)

    def started(self, task: str) -> None:
        self.add({_field(TaskState.STARTED, task): 1})

    def ended(self, task: str, state: TaskState, seconds: float) -> None:
        bucket = next(limit for limit in BUCKETS if seconds <= limit)
        self.add({_field(state, task): 1, _field(str(bucket), task): 1, _field(_SECONDS, task): seconds})

    def take(self) -> dict[str, float]:
        """Return what was counted since the last time, by field of the hash."""
        with self._lock:
            taken, self._increments = self._increments, defaultdict(float)
        return dict(taken)

    def add(self, increments: Mapping[str, float]) -> None:
        with self._lock:
            for name, amount in increments.items():
                self._increments[name] += amount


@dataclass
class Durations:
    """How long the runs of one task took: how many in each of BUCKETS, and in seconds together."""

    in_bucket: list[float] = field(default_factory=lambda: [0.0] * len(BUCKETS))
    seconds: float = 0.0


@dataclass
class Totals:
    """The hash, read."""

    states: dict[tuple[str, str], float] = field(default_factory=dict)
    durations: defaultdict[str, Durations] = field(default_factory=lambda: defaultdict(Durations))

    @classmethod
    def read(cls, fields: Iterable[tuple[str, float]]) -> "Totals":
        totals = cls()
        limits = {str(limit): index for index, limit in enumerate(BUCKETS)}
        for name, value in fields:
            kind, _, task = name.partition("|")
            if kind in limits:
                totals.durations[task].in_bucket[limits[kind]] = value
            elif kind == _SECONDS:
                totals.durations[task].seconds = value
            elif kind in STATES:
                totals.states[task, kind] = value
        return totals


def _field(kind: str, task: str) -> str:
    return f"{kind}|{task}"
