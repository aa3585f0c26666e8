"""The state of all services together, measured at most a few times a second however often it is asked for."""

import threading
import time
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings

from apps.core.health.database import DatabaseCheck
from apps.core.health.probe import Probe, States
from apps.core.health.redis import RedisCheck
from apps.core.health.state import State

DEADLINE_SECONDS = 1.0
FRESH_SECONDS = 0.25


@dataclass(frozen=True)
class Verdict:
    services: States

    @property
    def healthy(self) -> bool:
        return all(state is State.OK for state in self.services.values())

    def without(self, names: Collection[str]) -> "Verdict":
        """Return the verdict on the services that are not in `names`."""
        return Verdict({name: state for name, state in self.services.items() if name not in names})


class HealthMonitor:
    """Asks all servers at the same time; whoever comes while it asks gets the same answer."""

    def __init__(self, *probes: Probe) -> None:
        self._probes = probes
        self._lock = threading.Lock()
        self._verdict = Verdict({})
        self._measured_at = float("-inf")

    def verdict(self) -> Verdict:
        """Return a verdict that is at most FRESH_SECONDS old, within DEADLINE_SECONDS and a little."""
        with self._lock:
            if time.monotonic() - self._measured_at >= FRESH_SECONDS:
                self._verdict = self._measure()
                self._measured_at = time.monotonic()
            return self._verdict

    def _measure(self) -> Verdict:
        for probe in self._probes:
            probe.launch()
        return Verdict({name: state for probe in self._probes for name, state in probe.states().items()})


def monitor_from_settings() -> HealthMonitor:
    redis = RedisCheck(settings.REDIS_URL, heartbeat_key=settings.WORKER_HEARTBEAT_KEY)
    return HealthMonitor(
        Probe(("db",), DatabaseCheck(), deadline=DEADLINE_SECONDS),
        Probe(("redis", "workers"), redis, deadline=DEADLINE_SECONDS),
    )
