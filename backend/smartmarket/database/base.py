"""Django's PostgreSQL backend, on sessions that know which business they work for; see `session`."""

from typing import Any

from django.db.backends.postgresql import base

from smartmarket.database.session import Connection, Cursor


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        parameters = super().get_connection_params()
        return {**parameters, "connection_factory": Connection, "cursor_factory": Cursor}
