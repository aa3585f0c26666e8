"""A check constraint that is written alike on every Django that this project runs on."""

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


def between(field: str, low: Any, high: Any, *, name: str) -> Check:
    """Return the constraint that `low` <= field <= `high`."""
    return Check(that=models.Q(**{f"{field}__gte": low, f"{field}__lte": high}), name=name)


def one_of(field: str, values: Iterable[str], *, name: str) -> Check:
    """Return the constraint that the field holds one of the values."""
    return Check(that=models.Q(**{f"{field}__in": sorted(map(str, values))}), name=name)
