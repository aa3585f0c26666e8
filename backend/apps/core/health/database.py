"""Does PostgreSQL take connections and answer: connect, SELECT 1, close.

A connection kept from one check to the next would say less: it has a server process of its own, which goes
on answering while the postmaster, frozen, takes nobody new. Connecting costs about 5 ms, and the verdict is
shared.
"""

import select
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg2
from django.db import connections
from psycopg2.extensions import POLL_OK, POLL_READ
from psycopg2.extensions import connection as Connection

from apps.core.health.state import ServiceDown, State

# How long one attempt goes on, beyond the deadline of the answer that asked for it. A frozen server that
# thaws answers it, so giving up sooner would only leave more half-open connections in the server's queue; a
# server that was replaced never answers, so it must be given up some time.
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

    def __call__(self) -> dict[str, State]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        try:
            with closing(psycopg2.connect(**self._parameters(), async_=True)) as connection:
                _wait(connection, deadline)
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
                    _wait(connection, deadline)
        except psycopg2.Error as error:
            raise ServiceDown from error
        return {"db": State.OK}


def _wait(connection: Connection, deadline: float) -> None:
    while (state := connection.poll()) != POLL_OK:
        poller = select.poll()
        poller.register(connection.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
        if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError
