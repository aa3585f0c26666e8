"""Has insights worked out by the worker, once what they are drawn from is committed."""

from django.core.cache import cache
from django.db import transaction

from apps.core import queue

REFRESH = "recommendations.refresh_insights"

DEBOUNCE_SECONDS = 30


def schedule_refresh(business_id: int) -> None:
    """Refresh the insights of a business after the commit.

    Never raises on account of Redis: what was committed stands, and the failure is logged.
    """
    # Not a partial: Django cannot log the failure of one.
    transaction.on_commit(lambda: _send(business_id), robust=True)


def schedule_refresh_soon(business_id: int) -> None:
    """The same within DEBOUNCE_SECONDS, once for all that happens until then. For what happens often.

    The task starts when the time is up, so it sees everything on whose account no other one was sent.
    """
    transaction.on_commit(lambda: _send_once(business_id), robust=True)


def _send(business_id: int, *, countdown: float | None = None) -> None:
    queue.send(REFRESH, {"business_id": business_id}, countdown=countdown)


def _send_once(business_id: int) -> None:
    if cache.add(f"refresh-insights:{business_id}", 1, timeout=DEBOUNCE_SECONDS):
        _send(business_id, countdown=DEBOUNCE_SECONDS)
