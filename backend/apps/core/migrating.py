"""The session in which migrations run: patient with work, not with locks, for every business."""

from typing import Any

from django.db import connections

from apps.core.tenancy import scope

# A DDL statement that waits for a lock makes every later query on that table wait too, so it gives up early.
LOCK_TIMEOUT = "3s"


def begin(*, using: str, **_: Any) -> None:
    """Lift the limit meant for requests, bound the wait for locks, and let data migrations see every row."""
    scope.enter(scope.EVERY)
    with connections[using].cursor() as cursor:
        cursor.execute(f"SET statement_timeout = 0; SET lock_timeout = '{LOCK_TIMEOUT}'")


def end(*, using: str, **_: Any) -> None:
    """Put back what the session had when it connected."""
    with connections[using].cursor() as cursor:
        cursor.execute("RESET statement_timeout; RESET lock_timeout")
    scope.enter(None)
