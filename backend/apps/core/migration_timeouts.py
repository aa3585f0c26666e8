"""A migration may work for long, but may not make the whole site wait behind it for a lock."""

from typing import Any

from django.db import connections

# A DDL statement that waits for a lock makes every later query on that table wait too, so it gives up early.
LOCK_TIMEOUT = "3s"


def set_migration_timeouts(*, using: str, **_: Any) -> None:
    """Lift the limit meant for requests, and bound the wait for locks, in the session that migrates."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SET statement_timeout = 0; SET lock_timeout = '{LOCK_TIMEOUT}'")


def restore_timeouts(*, using: str, **_: Any) -> None:
    """Put back what the session had when it connected."""
    with connections[using].cursor() as cursor:
        cursor.execute("RESET statement_timeout; RESET lock_timeout")
