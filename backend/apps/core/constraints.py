"""Constraints that Django does not have, or not alike on every Django that this project runs on."""

from collections.abc import Iterable
from typing import Any

import django
from django.db import models

ARGUMENT = "condition" if django.VERSION >= (5, 1) else "check"


class Check(models.CheckConstraint):
    """`CheckConstraint`, whose first argument Django renamed in 5.1. `that`: what holds for every row."""

    def __init__(self, *, that: models.Q, name: str, violation_error_message: str | None = None) -> None:
        arguments: dict[str, Any] = {ARGUMENT: that}
        super().__init__(name=name, violation_error_message=violation_error_message, **arguments)
        self.that = that

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _, kwargs = super().deconstruct()
        del kwargs[ARGUMENT]
        return path, (), {**kwargs, "that": self.that}


class StatementConstraint(models.BaseConstraint):
    """A constraint that is made by a statement of its own (`create_sql`) once its table is there."""

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, self.__class__) and self.deconstruct() == other.deconstruct()


def between(field: str, low: Any, high: Any, *, name: str) -> Check:
    """Return the constraint that `low` <= field <= `high`."""
    return Check(
        that=models.Q(**{f"{field}__gte": low, f"{field}__lte": high}),
        name=name,
        violation_error_message=f"{_title(field)} has to be between {low} and {high}.",
    )


def one_of(field: str, values: Iterable[str], *, name: str) -> Check:
    """Return the constraint that the field holds one of the values."""
    return Check(
        that=models.Q(**{f"{field}__in": sorted(map(str, values))}),
        name=name,
        violation_error_message=f"There is no such {_title(field).lower()}.",
    )


def _title(field: str) -> str:
    return field.replace("_", " ").capitalize()
