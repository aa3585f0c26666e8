"""How often a task was begun, and how often that came to an end: counted in Redis, beside the queue.

Nobody tells when a worker is killed. What tells is a beginning without an end, when the task is delivered
again. The broker's own mark for that (`redelivered`) says too much: a task that waited in the memory of a
worker which was stopped carries it too, and was never begun.
"""

import logging
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
from celery.utils.dispatch import Signal
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

# Counting must not take longer than what is counted, nor hold up the worker when Redis hangs.
SOCKET_TIMEOUT_SECONDS = 0.5
# Longer than any outage after which a task is delivered again.
KEPT_SECONDS = 7 * 24 * 3600

MOST_LOST = 3
"""A task that took so many workers with it is not given another. One that was stopped because its worker lost
Redis counts too: nobody can tell them apart afterwards."""

attempt_lost = Signal(name="attempt_lost", providing_args=["task_id", "args", "kwargs", "lost"])
"""Sent by a worker when it finds that earlier attempts at the task it begins never ended; lost: how many."""

attempt_failed = Signal(name="attempt_failed", providing_args=["task_id", "args", "kwargs", "begun", "error"])
"""Sent before a task is sent again for later; begun: how many attempts there were. Celery's own signal comes
after that, when the next attempt may be over already."""


class WorkerKeptDying(Exception):
    """Each attempt at a task ended with the death of its worker, so there is not going to be another."""


@dataclass(frozen=True)
class Attempts:
    """begun: attempts so far, with the present one. ended: those of them that came to an end."""

    begun: int
    ended: int

    @property
    def lost(self) -> int:
        return self.begun - self.ended - 1


UNCOUNTED = Attempts(begun=1, ended=0)


def begin(task_id: str) -> Attempts:
    """Count the attempt that begins now. Without Redis it counts as the first."""
    key = _key(task_id)
    try:
        with _redis().pipeline() as pipeline:
            pipeline.hincrby(key, "begun", 1)
            pipeline.hget(key, "ended")
            pipeline.expire(key, KEPT_SECONDS)
            begun, ended, _ = pipeline.execute()
    except redis.RedisError as error:
        logger.warning("the attempt at task %s is not counted: %s", task_id, error)
        return UNCOUNTED
    return Attempts(begun, int(ended or 0))


def end(task_id: str) -> int:
    """Note that the present attempt is over and another follows; return how many were begun."""
    return _count(task_id, lambda pipeline, key: pipeline.hincrby(key, "ended", 1))


def forget(task_id: str) -> int:
    """Note that no attempt follows; return how many were begun."""
    return _count(task_id, lambda pipeline, key: pipeline.delete(key))


def _count(task_id: str, step: Any) -> int:
    key = _key(task_id)
    try:
        with _redis().pipeline() as pipeline:
            pipeline.hget(key, "begun")
            step(pipeline, key)
            return int(pipeline.execute()[0] or UNCOUNTED.begun)
    except redis.RedisError as error:
        logger.warning("the end of an attempt at task %s is not counted: %s", task_id, error)
        return UNCOUNTED.begun


def _key(task_id: str) -> str:
    return f"task-attempts:{task_id}"


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
