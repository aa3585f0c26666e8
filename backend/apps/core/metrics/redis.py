"""What Redis knows: the tasks, how many wait, when a worker last said that it is alive. One round trip."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from apps.core.health.probe import Probe
from apps.core.health.resp import KeptConnection, Reply, RespError
from apps.core.health.state import ServiceDown, State
from apps.core.metrics.tally import BUCKETS, KEY, Totals

DEADLINE_SECONDS = 1.0

# Names that Celery, smartmarket.broker and kombu give. A web process imports none of those, so a test holds
# these against them.
QUEUE = "celery"
HANDED_OUT = f"{QUEUE}:handed"
UNACKNOWLEDGED = "unacked"


@dataclass(frozen=True)
class Reading:
    waiting: int
    unacknowledged: int
    # None without a heartbeat: no worker lives.
    heartbeat_age: float | None
    tasks: Totals


class Reader:
    """Callable as a health check; what it read last is in `reading`."""

    def __init__(self, url: str, *, heartbeat_key: str, heartbeat_ttl: float) -> None:
        self._redis = KeptConnection(url)
        self._heartbeat_ttl = heartbeat_ttl
        self._commands = (
            ("LLEN", QUEUE),
            ("LLEN", HANDED_OUT),
            ("HLEN", UNACKNOWLEDGED),
            ("PTTL", heartbeat_key),
            ("HGETALL", KEY),
        )
        self.reading: Reading | None = None

    def __call__(self) -> dict[str, State]:
        try:
            replies = self._redis.ask(self._commands, deadline=time.monotonic() + DEADLINE_SECONDS)
        except TimeoutError:
            raise
        except (OSError, RespError) as error:
            raise ServiceDown from error
        self.reading = self._read(*replies)
        return {"redis": State.OK}

    def close(self) -> None:
        self._redis.close()

    def _read(self, waiting: Reply, handed: Reply, unacked: Reply, pttl: Reply, tasks: Reply) -> Reading:
        expires_in = _number(pttl) / 1000
        return Reading(
            waiting=_number(waiting) + _number(handed),
            unacknowledged=_number(unacked),
            # Redis says -2 of a key that is not there.
            heartbeat_age=max(0.0, self._heartbeat_ttl - expires_in) if expires_in >= 0 else None,
            tasks=Totals.read(_pairs(tasks)),
        )


class RedisCollector(Collector):
    """Asks when Prometheus does, and never waits longer than DEADLINE_SECONDS."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._probe = Probe(("redis",), reader, deadline=DEADLINE_SECONDS)
        self._lock = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        reading = self._fresh_reading()
        yield GaugeMetricFamily(
            "smartmarket_redis_up",
            "Whether Redis answered; without it nothing is known about tasks.",
            value=float(reading is not None),
        )
        if reading is not None:
            yield from _queue(reading)
            yield from _worker(reading)
            yield from _tasks(reading.tasks)

    def _fresh_reading(self) -> Reading | None:
        with self._lock:
            self._probe.launch()
            answered = self._probe.states()["redis"] is State.OK
            return self._reader.reading if answered else None


def collector_from_settings() -> RedisCollector:
    return RedisCollector(
        Reader(
            settings.REDIS_URL,
            heartbeat_key=settings.WORKER_HEARTBEAT_KEY,
            heartbeat_ttl=settings.WORKER_HEARTBEAT_TTL,
        )
    )


def _queue(reading: Reading) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "smartmarket_queue_waiting_tasks", "Tasks that no worker has taken yet.", labels=["queue"]
    )
    waiting.add_metric([QUEUE], reading.waiting)
    yield waiting
    yield GaugeMetricFamily(
        "smartmarket_queue_unacknowledged_tasks",
        "Tasks that a worker has taken and not finished, also those for later.",
        value=reading.unacknowledged,
    )


def _worker(reading: Reading) -> Iterator[Metric]:
    age = reading.heartbeat_age
    yield GaugeMetricFamily(
        "smartmarket_worker_up", "Whether a worker's heartbeat stands.", value=float(age is not None)
    )
    if age is not None:
        yield GaugeMetricFamily(
            "smartmarket_worker_heartbeat_age_seconds",
            "Time since a worker last said it is alive.",
            value=age,
        )


def _tasks(totals: Totals) -> Iterator[Metric]:
    states = CounterMetricFamily(
        "smartmarket_tasks", "Tasks that came into a state.", labels=["task", "state"]
    )
    for labels, count in sorted(totals.states.items()):
        states.add_metric(labels, count)
    yield states
    seconds = HistogramMetricFamily(
        "smartmarket_task_duration_seconds", "Time that a task ran, whatever became of it.", labels=["task"]
    )
    for task, durations in sorted(totals.durations.items()):
        seconds.add_metric([task], _cumulated(durations.in_bucket), durations.seconds)
    yield seconds


def _cumulated(in_bucket: list[float]) -> list[tuple[str, float]]:
    """Return what Prometheus wants: how many took at most so long."""
    return [(_label(limit), sum(in_bucket[: index + 1])) for index, limit in enumerate(BUCKETS)]


def _label(limit: float) -> str:
    return "+Inf" if limit == float("inf") else str(limit)


def _number(reply: Reply) -> int:
    if not isinstance(reply, bytes):
        raise RespError(f"a number was expected, not {reply!r}")
    return int(reply)


def _pairs(reply: Reply) -> Iterator[tuple[str, float]]:
    if not isinstance(reply, list):
        raise RespError(f"a list was expected, not {reply!r}")
    words = [word.decode(errors="replace") for word in reply if isinstance(word, bytes)]
    return ((name, float(value)) for name, value in zip(words[::2], words[1::2], strict=True))
