"""A clock that a test holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from smctl.release.remotes.http import Clock


@dataclass
class HeldClock(Clock):
    """Passes only while somebody sleeps."""

    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
