"""What PostgreSQL refused, told as what the caller can do about it.

The database is the one place where two requests at the same time cannot both win, so services write first and
let its constraints speak; each constraint says itself what to tell (`violation_error_message`).
"""

from functools import cache
from typing import Any

from django.apps import apps
from django.db import DataError, IntegrityError
from django.db.models import BaseConstraint, RestrictedError, UniqueConstraint
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError

from apps.core.tenancy.constraints import SameTenant


class Conflict(APIException):
    """The request is fine by itself, and what is there already speaks against it."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = "This contradicts what is there already."

    def __init__(
        self, detail: Any = None, code: str | None = None, fields: dict[str, list[str]] | None = None
    ) -> None:
        super().__init__(detail, code)
        self.fields = fields or {}


def refusal(error: Exception) -> APIException | None:
    """Return what to answer to an error of the database, or None when it is nobody's fault but ours."""
    if isinstance(error, RestrictedError):
        return Conflict("Other rows refer to this one, so it stays.", "in_use")
    if isinstance(error, DataError):
        return ValidationError("One of the values cannot be stored.", "invalid")
    if isinstance(error, IntegrityError):
        return _violation(violated(error))
    return None


def violated(error: IntegrityError) -> str | None:
    """Return the name of the constraint that refused."""
    name: str | None = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return name


def _violation(name: str | None) -> APIException | None:
    constraint = _constraints().get(name or "")
    if constraint is None:
        return None
    message = str(constraint.get_violation_error_message())
    if isinstance(constraint, UniqueConstraint):
        return Conflict(
            message, fields={field: [message] for field in constraint.fields if field != "business"}
        )
    field = constraint.field if isinstance(constraint, SameTenant) else "non_field_errors"
    return ValidationError({field: [message]})


@cache
def _constraints() -> dict[str, BaseConstraint]:
    return {
        constraint.name: constraint for model in apps.get_models() for constraint in model._meta.constraints
    }
