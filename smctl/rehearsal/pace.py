"""How fast a rehearsal's clock runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """factor: seconds here for one second of Render's. 1: as slow as there; 0.05: a minute's drain takes 3 s.

    The figures in seconds are Render's own: https://render.com/docs/deploys and /docs/health-checks.
    """

    factor: float = 1.0

    def seconds(self, real: float) -> float:
        return real * self.factor

    @property
    def drain(self) -> float:
        """Between the switch and the SIGTERM of the old release."""
        return self.seconds(60)

    @property
    def health_window(self) -> float:
        """That a new release may take to become healthy."""
        return self.seconds(15 * 60)

    @property
    def pre_deploy(self) -> float:
        return self.seconds(30 * 60)

    @property
    def job(self) -> float:
        return self.seconds(24 * 60 * 60)

    @property
    def probe(self) -> float:
        """Between two health checks of a new release."""
        return max(self.seconds(5), 0.002)

    @property
    def settling(self) -> float:
        """That a worker, which has no health check, must have run to count as started."""
        return self.seconds(10)

    @property
    def watch(self) -> float:
        """Between two looks at whether what is live still runs."""
        return max(self.seconds(15), 0.01)

    @property
    def minute(self) -> float:
        """The window of a rate limit, and what a queue is looked at in."""
        return self.seconds(60)
