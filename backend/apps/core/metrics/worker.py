"""Counts what becomes of tasks, in the worker's main process, and brings the counts to Redis.

The main process hears of every start and every end, also when a process was killed in the middle of a task.
What runs a task counts nothing and waits for nothing.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

import redis
from billiard.einfo import ExceptionWithTraceback  # type: ignore[attr-defined]  # the stubs lag behind
from billiard.exceptions import Terminated, WorkerLostError
from celery import bootsteps
from celery.exceptions import Ignore, Reject, Retry
from celery.signals import worker_shutdown
from celery.worker.request import Request
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry as RedisRetry

from apps.core.log_context import within
from apps.core.metrics.tally import KEY, Tally, TaskState
from apps.core.task_logging import HEADER, task_context
from smartmarket.heartbeat import SOCKET_TIMEOUT_SECONDS

logger = logging.getLogger(__name__)

DELIVERY_SECONDS = 1.0
# After a failure the worker's event loop is left alone for so long.
PAUSE_SECONDS = 5.0

# Anything else that a task raises is a failure, its time limit too.
ENDS: tuple[tuple[type[BaseException], TaskState], ...] = (
    (Retry, TaskState.RETRIED),
    (WorkerLostError, TaskState.LOST),
    # Its process was told to exit, by the task or from outside.
    (SystemExit, TaskState.LOST),
    (KeyboardInterrupt, TaskState.LOST),
    (Terminated, TaskState.CANCELLED),
    (Ignore, TaskState.CANCELLED),
    (Reject, TaskState.CANCELLED),
)

tally = Tally()


class ObservedRequest(Request):
    """A task as the main process sees it; Celery's own point of extension (`Task.Request`)."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # Celery derives a class for each task, whose own on_success does not call the one below.
        setattr(cls, "on_success", ObservedRequest.on_success)

    def on_accepted(self, pid: Any, time_accepted: float) -> None:
        super().on_accepted(pid, time_accepted)
        tally.started(self.task.name)

    def on_success(self, failed__retval__runtime: tuple[bool, Any, float], **options: Any) -> None:
        super().on_success(failed__retval__runtime, **options)
        failed, _, runtime = failed__retval__runtime
        if not failed:
            tally.ended(self.task.name, TaskState.SUCCEEDED, runtime)

    def on_failure(self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False) -> None:
        error = exc_info.exception
        error = error.exc if isinstance(error, ExceptionWithTraceback) else error
        state = next((state for kind, state in ENDS if isinstance(error, kind)), TaskState.FAILED)
        # A task that was never accepted has no start.
        seconds = max(0.0, time.time() - self.time_start) if self.time_start else 0.0
        tally.ended(self.task.name, state, seconds)
        request_id = self.request_dict.get(HEADER)
        with within(task_context(request_id, self.task.name, self.id, self.kwargs)):
            super().on_failure(exc_info, send_failed_event, return_ok)


class Delivery:
    """Callable: adds what was counted since the last time to the hash in Redis."""

    def __init__(self) -> None:
        self._redis = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
            socket_timeout=SOCKET_TIMEOUT_SECONDS,
            retry=RedisRetry(NoBackoff(), 0),
        )
        self._resume_at = 0.0

    def __call__(self) -> None:
        if time.monotonic() < self._resume_at or not (increments := tally.take()):
            return
        try:
            # A frozen server carries out what it was sent once it thaws, and would count what is sent again
            # twice. So nothing is sent unless it just answered, and nothing is sent again.
            self._redis.ping()
        except redis.RedisError:
            tally.add(increments)
            self._resume_at = time.monotonic() + PAUSE_SECONDS
        else:
            self._send(increments)

    def resume(self) -> None:
        """Try again now, however lately it failed."""
        self._resume_at = 0.0

    def close(self) -> None:
        self._redis.close()

    def _send(self, increments: Mapping[str, float]) -> None:
        try:
            with self._redis.pipeline() as pipeline:
                for name, amount in increments.items():
                    pipeline.hincrbyfloat(KEY, name, amount)
                pipeline.execute()
        except redis.RedisError as error:
            logger.warning("task counts of the last second may be lost: %s", error)


class DeliveryStep(bootsteps.StartStopStep):
    """Delivers on the timer of the main process, as the heartbeat beats there."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._deliver = Delivery()
        self._timer_entry: Any = None
        # Tasks that end while the worker shuts down end after this step was stopped.
        worker_shutdown.connect(self._last_delivery)

    def start(self, consumer: Any) -> None:
        self._timer_entry = consumer.timer.call_repeatedly(DELIVERY_SECONDS, self._deliver)

    def stop(self, consumer: Any) -> None:
        if self._timer_entry is not None:
            self._timer_entry.cancel()
            self._timer_entry = None

    def _last_delivery(self, **_: Any) -> None:
        self._deliver.resume()
        self._deliver()
        self._deliver.close()
