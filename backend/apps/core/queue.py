"""Puts tasks into the queue by their names.

For what a web process imports at its start: Celery takes longer to import than all the rest, so that is left
to the first task that is sent.
"""

from functools import cache
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException


class QueueUnavailable(APIException):
    """The task was not accepted; nothing else happened either."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "Work cannot be accepted at the moment. Try again later."
    default_code = "queue_unavailable"


class UnknownTask(LookupError):
    """No task has this name (any more)."""


def send(name: str, arguments: dict[str, Any], *, countdown: float | None = None) -> str:
    """Put the task `name` into the queue, to be run in `countdown` seconds or at once; return its id.

    Raises:
        UnknownTask: there is none of this name.
        TypeError: it does not take these arguments.
        QueueUnavailable: Redis did not take it within about two seconds.
    """
    app, unreachable = _application()
    if name not in app.tasks:
        raise UnknownTask(name)
    try:
        return str(app.tasks[name].apply_async(kwargs=arguments, countdown=countdown).id)
    except unreachable as error:
        raise QueueUnavailable from error


@cache
def _application() -> tuple[Any, type[Exception]]:
    """Return the Celery application with every task declared, and what it raises without Redis."""
    from kombu.exceptions import OperationalError

    from smartmarket.celery import app

    app.loader.import_default_modules()
    return app, OperationalError
