"""The database of a stack as its superuser sees it, whom row level security does not hold back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2  # type: ignore[import-untyped]

from bench.samples import timed
from smctl.project.project import Project
from smctl.stack import role
from tests.e2e.live import LiveStack

CHUNK = 1 << 20  # bytes that COPY takes from a file at a time
SHOP_TABLES = ("transactions_product", "transactions_customer", "transactions_transaction")


class Server:
    """cursor: of a connection that commits each statement."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def do(self, statement: str) -> None:
        self._cursor.execute(statement)

    def ask(self, query: str) -> Any:
        """The one value that it has for an answer."""
        self._cursor.execute(query)
        return self._cursor.fetchone()[0]

    def dump(self, table: str, file: Path) -> None:
        with file.open("wb") as out:
            self._cursor.copy_expert(f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT", out, CHUNK)

    def copy(self, table: str, file: Path) -> float:
        """Seconds that PostgreSQL's own COPY takes to load what `dump` has written."""
        with file.open("rb") as rows:
            took = timed(lambda: self._cursor.copy_expert(f"COPY {table} FROM STDIN", rows, CHUNK))
        self.do(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        return took

    def empty(self, tables: Sequence[str]) -> None:
        """What is written next begins in empty files, with no old page still to be written out."""
        self.do(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        self.do("CHECKPOINT")


@contextmanager
def superuser(stack: LiveStack) -> Iterator[Server]:
    """Over the unix socket, where the superuser needs no password."""
    with closing(
        psycopg2.connect(
            host=str(stack.places.run),
            port=stack.ports["db"],
            user=role.SUPERUSER,
            dbname=Project(stack.root).config.project.name,
        )
    ) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield Server(cursor)
