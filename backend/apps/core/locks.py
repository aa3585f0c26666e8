from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from apps.core.polling import attempts


class LockTimeout(Exception):
    """Somebody else held the lock all the time."""


@contextmanager
def advisory_lock(number: int, *, wait_seconds: float) -> Iterator[None]:
    """Hold PostgreSQL's advisory lock `number`; the server frees it should this process die.

    Tries again and again rather than waiting inside one query, which statement_timeout would end.

    Raises:
        LockTimeout: it was not free within `wait_seconds`.
    """
    with connection.cursor() as cursor:
        for _ in attempts(wait_seconds):
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
            if cursor.fetchone() == (True,):
                break
        else:
            raise LockTimeout
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
