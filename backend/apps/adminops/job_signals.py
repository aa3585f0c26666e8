"""Turns what a worker says about its tasks into rows of FailedJob.

Every attempt that does not end well is told here: one that raised (in the process that ran it), one that ran
out of time (in the worker's main process, which killed it), one whose worker was killed (by the worker that
begins the next attempt), and a task that nobody knows. A note that cannot be written does not hurt the work:
Celery logs what a receiver of its signals raises, and goes on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import Task, signals
from django.db import close_old_connections, connection

from apps.adminops import services
from apps.adminops.arguments import presentable
from apps.adminops.models import JobStatus
from apps.core import task_attempts
from apps.core.task_attempts import WorkerKeptDying, attempt_failed, attempt_lost

AnyTask = Task[Any, Any]
LOST = "The worker died while it ran this."


@attempt_lost.connect
def note_loss(
    sender: AnyTask, task_id: str, args: Sequence[Any], kwargs: Mapping[str, Any], lost: int, **_: Any
) -> None:
    _note(sender, task_id, args, kwargs, error=LOST, attempts=lost, status=JobStatus.RETRYING)


@attempt_failed.connect
def note_retry(
    sender: AnyTask,
    task_id: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    begun: int,
    error: BaseException | None,
    **_: Any,
) -> None:
    why = _told(error) if error else "It asked to be run again."
    _note(sender, task_id, args, kwargs, error=why, attempts=begun, status=JobStatus.RETRYING)


@signals.task_failure.connect
def note_failure(
    sender: AnyTask,
    task_id: str,
    exception: BaseException,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    **_: Any,
) -> None:
    begun = task_attempts.forget(task_id)
    # The last attempt was begun only to find that it was one too many.
    attempts = begun - 1 if isinstance(exception, WorkerKeptDying) else begun
    try:
        _note(
            sender, task_id, args, kwargs, error=_told(exception), attempts=attempts, status=JobStatus.FAILED
        )
    finally:
        if isinstance(exception, TimeLimitExceeded | WorkerLostError):
            # This is the main process, which uses the database for nothing else.
            connection.close()


@signals.task_success.connect
def note_success(sender: AnyTask, **_: Any) -> None:
    request = sender.request
    begun = task_attempts.forget(request.id or "")
    if begun > 1 or request.retries:
        services.failed_job_resolve(request.id or "")


@signals.task_unknown.connect
def note_unknown(sender: Any, message: Any, name: str, id: str, **_: Any) -> None:
    args, kwargs, _embedded = message.payload
    error = f"No task is called {name}: it was sent by another release."
    try:
        _note(None, id, args, kwargs, name=name, error=error, attempts=1, status=JobStatus.FAILED)
    finally:
        connection.close()


def _note(
    task: AnyTask | None,
    task_id: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    error: str,
    attempts: int,
    status: JobStatus,
    name: str = "",
) -> None:
    # What failed may have been the connection that this is to be written with.
    close_old_connections()
    services.failed_job_record(
        task_id=task_id,
        task_name=name or getattr(task, "name", ""),
        arguments=presentable(None if task is None else task.run, args or (), kwargs or {}),
        error=error,
        attempts=attempts,
        status=status,
    )


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".strip()
