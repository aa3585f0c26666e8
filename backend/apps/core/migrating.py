"""The session in which migrations run: patient with work, not with locks, for every business."""

import contextlib
from collections.abc import Iterator

from django.db import Error, OperationalError, connections

from apps.core.tenancy import scope

# A DDL statement that waits for a lock makes every later query on that table wait too, so it gives up early.
LOCK_TIMEOUT = "3s"

LOCK_NOT_AVAILABLE = "55P03"
"""SQLSTATE of a statement that gave up waiting for a lock; PostgreSQL's manual, appendix A."""


@contextlib.contextmanager
def session(*, using: str) -> Iterator[None]:
    """Lift the limit meant for requests, bound the wait for locks, and let data migrations see every row."""
    with scope.every_business():
        _execute(using, f"SET statement_timeout = 0; SET lock_timeout = '{LOCK_TIMEOUT}'")
        try:
            yield
        finally:
            # After an error the connection may be gone, and the settings with it.
            with contextlib.suppress(Error):
                _execute(using, "RESET statement_timeout; RESET lock_timeout")


def gave_up_waiting(error: OperationalError) -> bool:
    """Return whether the error is that somebody else held a lock all the time."""
    return getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE


def _execute(using: str, sql: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(sql)
