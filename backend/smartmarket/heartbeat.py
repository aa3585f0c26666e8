"""How a worker says that it is alive: a Redis key that it sets again and again, and that expires."""

import logging
from typing import Any

import redis
from celery import bootsteps
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

BEATS_PER_TTL = 4
# A beat runs on the worker's event loop, so it may not hold that loop up when Redis hangs.
SOCKET_TIMEOUT_SECONDS = 0.3


class Heartbeat(bootsteps.StartStopStep):
    """Beats on the timer of the worker's main process.

    That process feeds the pool, so a busy pool does not stop the beat and a stopped main process does. A
    step rather than the `worker_ready` signal: the signal comes once, and what it puts on the timer is lost
    with the connection to Redis, while a step starts again with every new connection.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._worker = consumer.hostname
        self._redis = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
            socket_timeout=SOCKET_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._timer_entry: Any = None

    def start(self, consumer: Any) -> None:
        self.beat()
        self._timer_entry = consumer.timer.call_repeatedly(
            settings.WORKER_HEARTBEAT_TTL / BEATS_PER_TTL, self.beat
        )

    def stop(self, consumer: Any) -> None:
        if self._timer_entry is not None:
            self._timer_entry.cancel()
            self._timer_entry = None

    def beat(self) -> None:
        """Set the key for another WORKER_HEARTBEAT_TTL seconds. A failure is logged; the next may succeed."""
        try:
            self._redis.set(
                settings.WORKER_HEARTBEAT_KEY, self._worker, px=round(settings.WORKER_HEARTBEAT_TTL * 1000)
            )
        except redis.RedisError as error:
            logger.warning("heartbeat not delivered: %s", error)
