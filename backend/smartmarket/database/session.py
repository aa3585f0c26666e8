"""A session of PostgreSQL that knows which business it works for.

Row level security (`apps.core.tenancy`) compares each row with a setting of the session. It is set here, just
before a statement that runs for another business than the one before it, below everything that could forget
it: Django's cursors, cursors that are kept from one business to the next, COPY, and psycopg2 used directly.

The setting belongs to the session. A pooler that gives every transaction another session breaks that: connect
past it, or set TENANT_RLS=False.
"""

from typing import Any

from django.conf import settings
from psycopg2 import extensions

from apps.core.tenancy import scope
from apps.core.tenancy.constraints import NOBODY, SETTING

TELL = "SELECT set_config(%s, %s, false)"


class Connection(extensions.connection):
    """A session, and what it was told last."""

    _told: str | None = None
    """None when that is not known."""

    def tell(self) -> None:
        """Tell the session which business is in scope, unless it knows."""
        business = str(scope.current() or NOBODY)
        if business == self._told or not settings.TENANT_RLS or self._failed:
            return
        # Whatever interrupts this, a signal for instance, leaves the answer open, never wrong.
        self._told = None
        with self.cursor(cursor_factory=extensions.cursor) as cursor:
            cursor.execute(TELL, [SETTING, business])
        self._told = business

    def forget(self) -> None:
        """A rollback also takes back what the session was told since the transaction or savepoint began."""
        self._told = None

    def commit(self) -> None:
        # PostgreSQL ends a failed transaction with a rollback, even when asked to commit it.
        told = None if self._failed else self._told
        self.forget()
        super().commit()
        self._told = told

    def rollback(self) -> None:
        self.forget()
        super().rollback()

    @property
    def _failed(self) -> bool:
        """Whether no statement is possible but the end of the transaction, which every business may see."""
        return self.info.transaction_status == extensions.TRANSACTION_STATUS_INERROR


class Cursor(extensions.cursor):
    """Tells the session before each statement."""

    connection: Connection

    def execute(self, query: Any, *values: Any, **named: Any) -> None:
        self.connection.tell()
        super().execute(query, *values, **named)
        if isinstance(query, str) and query[:8].upper() == "ROLLBACK":
            self.connection.forget()

    def executemany(self, *arguments: Any, **named: Any) -> None:
        self.connection.tell()
        super().executemany(*arguments, **named)

    def callproc(self, *arguments: Any, **named: Any) -> None:
        self.connection.tell()
        super().callproc(*arguments, **named)

    def copy_expert(self, *arguments: Any, **named: Any) -> None:
        self.connection.tell()
        super().copy_expert(*arguments, **named)

    def copy_from(self, *arguments: Any, **named: Any) -> None:
        self.connection.tell()
        super().copy_from(*arguments, **named)

    def copy_to(self, *arguments: Any, **named: Any) -> None:
        self.connection.tell()
        super().copy_to(*arguments, **named)
