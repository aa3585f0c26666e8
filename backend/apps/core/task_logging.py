"""Gives the log lines of a task the request that sent it, its name and its identifier."""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from celery import Task
from celery.signals import before_task_publish, celeryd_init, setup_logging, task_postrun, task_prerun
from django.conf import settings

from apps.core.log_context import LogContext, current, within

HEADER = "request_id"
SUCCEEDED = "Task %(name)s[%(id)s] succeeded in %(runtime)ss"

# A worker with threads runs several at a time.
_running: dict[str, AbstractContextManager[None]] = {}


def connect() -> None:
    """Listen to Celery's signals, wherever tasks are sent or run."""
    before_task_publish.connect(send_request_id)
    task_prerun.connect(begin_task)
    task_postrun.connect(end_task)
    celeryd_init.connect(log_as_configured)
    setup_logging.connect(log_the_pool)


def task_context(request_id: str | None, name: str, task_id: str, kwargs: Mapping[str, Any]) -> LogContext:
    """Return what the lines of a task are about; `business_id` is what every task of a business is given."""
    business = kwargs.get("business_id")
    known = business if isinstance(business, int | str) else None
    return LogContext(request_id, business_id=known, task=name, task_id=task_id)


def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    """Let the task know the request that caused it; a task sent by a task hands on what it was given."""
    if request_id := current().request_id:
        headers[HEADER] = request_id


def begin_task(task_id: str, task: Task[Any, Any], kwargs: Mapping[str, Any], **_: Any) -> None:
    # A task that is called rather than sent runs inside the request itself.
    request_id = task.request.get(HEADER) or current().request_id
    _running[task_id] = within(task_context(request_id, task.name, task_id, kwargs))
    _running[task_id].__enter__()


def end_task(task_id: str, **_: Any) -> None:
    if (context := _running.pop(task_id, None)) is not None:
        context.__exit__(None, None, None)


def log_as_configured(instance: Any, **_: Any) -> None:
    """Keep the banner out of a log that a machine reads, and what tasks return out of every log."""
    from celery.app import trace

    setattr(trace, "LOG_SUCCESS", SUCCEEDED)
    if settings.LOGGING["handlers"]["stderr"]["formatter"] == "json":
        instance.quiet = True


def log_the_pool(**_: Any) -> None:
    """Let what the pool says of a process that died be a line like any other; else it comes out bare."""
    from billiard.util import get_logger

    get_logger().propagate = True
    get_logger().setLevel(logging.WARNING)
