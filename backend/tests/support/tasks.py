"""Tasks that end badly, for workers that are started with `--include tests.support.tasks`."""

import os
import signal
import time
from typing import Any

import redis
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection, transaction

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.core.tenancy.tasks import TenantTask
from apps.transactions.models import Customer
from smartmarket.celery import app

BUSY_SECONDS = 30
# The annotations of Celery want whole seconds, and it takes any.
SOON: Any = 0.2
LATER: Any = 0.5


def trace(name: str) -> int:
    """Count that `name` happened, in Redis, and return how often it has."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return int(client.incr(f"tests:trace:{name}"))


@app.task(name="tests.once", base=TenantTask)
def once(*, business_id: int, hang: int) -> None:
    """Add a letter to the name of the business once, however often this runs; hang in the first attempt."""
    attempt = trace(f"once:{business_id}")
    if attempt <= hang:
        time.sleep(BUSY_SECONDS)
    Business.objects.filter(pk=scope.business_id()).exclude(name__endswith="+").update(name="once+")
    trace(f"done:{business_id}")


@app.task(name="tests.poison", base=TenantTask)
def poison(*, business_id: int) -> None:
    """Kill the process that runs this, each time."""
    trace(f"poison:{business_id}")
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="tests.fail", base=TenantTask)
def fail(*, business_id: int, until: int) -> None:
    """Raise, until it was tried so many times."""
    if trace(f"fail:{business_id}") <= until:
        raise ValueError("It went wrong; password=hunter2")


@app.task(name="tests.slow", base=TenantTask, soft_time_limit=SOON)
def slow(*, business_id: int) -> None:
    """Take longer than allowed, and notice."""
    time.sleep(BUSY_SECONDS)


@app.task(name="tests.stuck", base=TenantTask, soft_time_limit=SOON, time_limit=LATER)
def stuck(*, business_id: int) -> None:
    """Take longer than allowed, and go on regardless."""
    try:
        time.sleep(BUSY_SECONDS)
    except SoftTimeLimitExceeded:
        time.sleep(BUSY_SECONDS)


@app.task(name="tests.unlucky", base=TenantTask)
def unlucky(*, business_id: int, until: int) -> None:
    """Lose the connection to the database in a transaction, until it was tried so many times."""
    if trace(f"unlucky:{business_id}") > until:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@app.task(name="tests.number", base=TenantTask)
def number(*, business_id: int, number: int) -> None:
    """Make the customer of this number, once however often this runs."""
    Customer.objects.get_or_create(phone=f"01700{number:06}", defaults={"name": "ক্রেতা"})
