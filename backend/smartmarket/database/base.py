"""Django's PostgreSQL backend, whose sessions know which business they work for.

Row level security (`apps.core.tenancy`) compares each row with a setting of the session. It is set here, just
before a query that runs for another business than the one before it, so no caller can forget it, and a
connection that is used again never carries somebody else's.

The setting belongs to the session. A pooler that gives every transaction another session breaks that: connect
past it, or set TENANT_RLS=False.
"""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from apps.core.tenancy import scope
from apps.core.tenancy.constraints import NOBODY, SETTING


class DatabaseWrapper(base.DatabaseWrapper):
    _told: str | None = None
    """What the session was told last; None when that is not known."""

    def init_connection_state(self) -> None:
        self._told = None
        super().init_connection_state()

    def _prepare_cursor(self, cursor: Any) -> Any:
        if settings.TENANT_RLS:
            self._tell(str(scope.current() or NOBODY))
        return super()._prepare_cursor(cursor)  # type: ignore[misc]

    def _tell(self, business: str) -> None:
        # A failed transaction takes no statement but its end, which every business may see.
        if business == self._told or self.connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
            return
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, false)", [SETTING, business])
        self._told = business

    # A rollback also takes back what the session was told since the transaction or savepoint began.

    def _rollback(self) -> None:
        self._told = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._told = None
