from typing import Any

from celery import Task
from django.core.cache import cache
from django.utils import timezone

from smartmarket.celery import app

PING_KEPT_SECONDS = 24 * 3600


def ping_key(token: str) -> str:
    """Return the cache key under which `ping` leaves its trace."""
    return f"ping:{token}"


@app.task(name="core.ping", bind=True)
def ping(self: Task[Any, None], token: str) -> None:
    """Leave a trace that a worker ran this. Delivered twice it changes nothing: the first trace stays."""
    trace = {"at": timezone.now().isoformat(), "worker": self.request.hostname}
    cache.add(ping_key(token), trace, timeout=PING_KEPT_SECONDS)
