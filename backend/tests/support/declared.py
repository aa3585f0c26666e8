"""What the models declare, and plain SQL that breaks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model

from tests.support.rows import MODELS

NOWHERE = 10**9
"""An id that no row has."""


@dataclass(frozen=True)
class Declared:
    """A constraint, and the model that declares it."""

    model: type[Model]
    constraint: Any

    def __str__(self) -> str:
        return str(self.constraint.name)


@dataclass(frozen=True)
class Case:
    """A value that breaks a rule for a column; `rule` is the constraint's name, None where it has none."""

    model: type[Model]
    column: str
    value: Any
    rule: str | None = None

    def __str__(self) -> str:
        return f"{self.model.__name__}-{self.column}-{self.value}"[:60]


def declared(kind: type[Any]) -> list[Declared]:
    return [
        Declared(model, constraint)
        for model in MODELS
        for constraint in model._meta.constraints
        if isinstance(constraint, kind)
    ]


def fields(kind: Any, **values: Any) -> list[tuple[type[Model], Any]]:
    """Return the fields of this kind that have these attributes, each with its model."""
    return [
        (model, field)
        for model in MODELS
        for field in model._meta.concrete_fields
        if isinstance(field, kind) and all(getattr(field, name) == value for name, value in values.items())
    ]


def sql(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def set_column(row: Model, column: str, value: Any) -> int:
    return sql(f"UPDATE {row._meta.db_table} SET {column} = %s WHERE id = %s", value, row.pk)


def check_now() -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")


@contextmanager
def refused(error: type[Exception], *, by: str | None = None) -> Iterator[None]:
    """Expect that PostgreSQL refuses, and where `by` is given, that this constraint does."""
    with pytest.raises(error) as raised, transaction.atomic():
        yield
        check_now()
    if by:
        cause: Any = raised.value.__cause__
        assert cause.diag.constraint_name == by
