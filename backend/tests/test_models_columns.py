"""What a field does not allow, its column refuses."""

from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, models

from apps.auth.models import Business
from apps.core.tenancy import scope
from tests.support.declared import Case, fields, refused, set_column
from tests.support.rows import make_row

pytestmark = pytest.mark.django_db

WHOLE = (models.PositiveIntegerField, models.PositiveSmallIntegerField)
NOT_NULL = [Case(model, field.column, None) for model, field in fields(models.Field, null=False)]
TOO_LONG = [Case(model, f.column, "x" * (f.max_length + 1)) for model, f in fields(models.CharField)]
TOO_MUCH = [
    Case(model, field.column, Decimal(10) ** (field.max_digits - field.decimal_places))
    for model, field in fields(models.DecimalField)
] + [Case(model, f.column, 2**31) for model, f in fields(WHOLE)]
NEGATIVE = [Case(m, f.column, -1) for m, f in fields(WHOLE)]


@pytest.mark.parametrize("case", NOT_NULL + NEGATIVE, ids=str)
def test_a_column_refuses_what_its_field_does_not_allow(case: Case, shop: Business) -> None:
    row = make_row(case.model, shop)
    with scope.every_business(), refused(IntegrityError):
        set_column(row, case.column, case.value)


@pytest.mark.parametrize("case", TOO_LONG + TOO_MUCH, ids=str)
def test_a_column_refuses_what_does_not_fit(case: Case, in_shop: Business) -> None:
    row = make_row(case.model, in_shop)
    with refused(DataError):
        set_column(row, case.column, case.value)
