"""Is PostgreSQL answering: SELECT 1 on a connection of its own, kept from one check to the next."""

import select
import time
from collections.abc import Callable
from typing import Any

import psycopg2
from django.db import connections
from psycopg2.extensions import POLL_OK, POLL_READ
from psycopg2.extensions import connection as Connection

from apps.core.health.state import ServiceDown, State

# How long a silent connection is kept. When a frozen server thaws it answers on this very connection, so
# giving it up sooner would only leave half-open ones in the server's queue; a server that was replaced
# never answers, so it must be given up some time.
PATIENCE_SECONDS = 5.0


def connection_parameters() -> dict[str, Any]:
    """Return what Django connects with, plus a name by which pg_stat_activity tells the probe apart."""
    parameters = connections["default"].get_connection_params()
    del parameters["cursor_factory"]
    return {**parameters, "application_name": "smartmarket-health"}


class DatabaseCheck:
    """Callable, for one thread at a time.

    The connection is asynchronous: libpq offers no time limit for an answer, and `statement_timeout` is
    enforced by the very server that may be frozen.
    """

    def __init__(self, parameters: Callable[[], dict[str, Any]] = connection_parameters) -> None:
        self._parameters = parameters
        self._connection: Connection | None = None

    def __call__(self) -> dict[str, State]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        try:
            if not self._still_answers(deadline):
                self._connect(deadline)
                self._select_one(deadline)
        except (psycopg2.Error, TimeoutError) as error:
            self._drop()
            if isinstance(error, TimeoutError):
                raise
            raise ServiceDown from error
        return {"db": State.OK}

    def _still_answers(self, deadline: float) -> bool:
        """Tell whether the kept connection works. The server may have restarted since, which is no fault."""
        if self._connection is None:
            return False
        try:
            self._select_one(deadline)
        except psycopg2.Error:
            self._drop()
            return False
        return True

    def _connect(self, deadline: float) -> None:
        self._connection = psycopg2.connect(**self._parameters(), async_=True)
        self._wait(deadline)

    def _select_one(self, deadline: float) -> None:
        assert self._connection is not None
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            self._wait(deadline)

    def _wait(self, deadline: float) -> None:
        assert self._connection is not None
        while (state := self._connection.poll()) != POLL_OK:
            poller = select.poll()
            poller.register(
                self._connection.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT
            )
            if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise TimeoutError

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
