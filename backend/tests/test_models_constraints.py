"""Constraints of the models, each broken in plain SQL here or in test_models_fences: PostgreSQL refuses.

The cases are made from the models, so a new constraint has one at once; one of a kind that is not known here
fails `test_every_constraint_has_a_case`.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, models
from django.db.models import CheckConstraint, Model, UniqueConstraint

from apps.auth.constraints import OwnerIsMember
from apps.auth.models import Business
from apps.core.constraints import Check
from apps.core.tenancy.constraints import SameTenant, TenantPolicy
from apps.customers.models import ChurnScore
from apps.recommendations.models import Recommendation
from tests.support.declared import Case, Declared, check_now, declared, fields, refused, set_column, sql
from tests.support.rows import MODELS, make_row

pytestmark = pytest.mark.django_db


# Check constraints


def steps(field: Any) -> Any:
    """Return the smallest difference between two values of the field."""
    if isinstance(field, models.DateField):
        return timedelta(days=1)
    return Decimal(10) ** -field.decimal_places if isinstance(field, models.DecimalField) else 1


def beyond(field: Any, lookup: str, bound: Any) -> Any:
    """Return a value for which `field LOOKUP bound` does not hold."""
    match lookup:
        case "in":
            return "nonsense"
        case "gt":
            return bound
        case "gte":
            return bound - steps(field)
        case "lte" if isinstance(field, models.DecimalField):
            # Above the bound, also where no number is: the bound may be the largest that the column holds.
            return Decimal("NaN")
        case "lte":
            return bound + steps(field)
    raise NotImplementedError(f"Say here how to break {field.name} {lookup} {bound}.")


def breaking(check: Declared) -> list[Case]:
    constraint: Check = check.constraint
    cases = []
    for path, bound in constraint.that.children:  # type: ignore[misc]
        name, lookup = path.rsplit("__", 1)
        field: Any = check.model._meta.get_field(name)
        cases.append(Case(check.model, field.column, beyond(field, lookup, bound), constraint.name))
    return cases


@pytest.mark.parametrize("case", [case for each in declared(Check) for case in breaking(each)], ids=str)
def test_a_check_refuses(case: Case, in_shop: Business) -> None:
    row = make_row(case.model, in_shop)
    with refused(IntegrityError, by=case.rule):
        set_column(row, case.column, case.value)


def test_a_score_stays_within_its_bounds_to_the_last_digit(in_shop: Business) -> None:
    for model, column in ((ChurnScore, "churn_risk_score"), (Recommendation, "priority_score")):
        row = make_row(model, in_shop)
        assert [set_column(row, column, value) for value in (0, 1, Decimal("0.5"))] == [1, 1, 1]
        with refused(IntegrityError):
            set_column(row, column, Decimal("1.0001"))


def test_every_choice_is_held_by_the_database() -> None:
    held = {(each.model, str(each.constraint.that.children[0][0])) for each in declared(Check)}
    choices = [(model, field) for model, field in fields(models.CharField) if field.choices]
    assert {(model, f"{field.name}__in") for model, field in choices} <= held


# Unique constraints


def drop_all_but(name: str, table: str) -> None:
    """Drop whatever else is unique in the table, so that it cannot be what refuses."""
    check_now()
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
            [table],
        )
        constraints = {conname for (conname,) in cursor.fetchall()}
    for other in [other for other, details in found.items() if details["unique"] and other != name]:
        sql(
            f"ALTER TABLE {table} DROP CONSTRAINT {other} CASCADE"
            if other in constraints
            else f"DROP INDEX {other}"
        )


def insert_twin(row: Model, *, same_id: bool) -> None:
    columns = [str(field.column) for field in row._meta.concrete_fields if same_id or not field.primary_key]
    table, names = row._meta.db_table, ", ".join(columns)
    sql(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE id = %s", row.pk)


@pytest.mark.parametrize("unique", declared(UniqueConstraint), ids=str)
def test_a_twin_is_refused(unique: Declared, in_shop: Business) -> None:
    row = make_row(unique.model, in_shop)
    if unique.constraint.name == "transaction_idempotency":
        set_column(row, "idempotency_key", "once")
    drop_all_but(unique.constraint.name, row._meta.db_table)
    with refused(IntegrityError, by=unique.constraint.name):
        insert_twin(row, same_id="id" in unique.constraint.fields)


@pytest.mark.parametrize(
    ("model", "field"), fields(models.Field, unique=True, primary_key=False), ids=lambda part: str(part)
)
def test_a_unique_field_is_unique(model: type[Model], field: Any, in_shop: Business) -> None:
    row = make_row(model, in_shop)
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    (name,) = (
        n for n, c in found.items() if c["unique"] and c["columns"] == [field.column] and not c["primary_key"]
    )
    drop_all_but(name, model._meta.db_table)
    with refused(IntegrityError, by=name):
        insert_twin(row, same_id=False)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_id_is_given_once(model: type[Model], in_shop: Business) -> None:
    row = make_row(model, in_shop)
    with refused(IntegrityError, by=f"{model._meta.db_table}_pkey"):
        insert_twin(row, same_id=True)


# The rules themselves


def test_every_constraint_has_a_case() -> None:
    kinds = (Check, UniqueConstraint, SameTenant, OwnerIsMember, TenantPolicy)
    strange = [str(each) for each in declared(models.BaseConstraint) if type(each.constraint) not in kinds]
    assert strange == [], "say in this file how to break them"
    assert all(breaking(each) for each in declared(Check))


def test_every_constraint_has_a_name_of_its_own() -> None:
    names = [str(each) for each in declared(models.BaseConstraint)]
    names += [index.name for model in MODELS for index in model._meta.indexes]
    assert len(names) == len(set(names))


def test_a_check_is_written_alike_on_every_django() -> None:
    for each in declared(CheckConstraint):
        path, arguments, named = each.constraint.deconstruct()
        assert (path, arguments) == ("apps.core.constraints.Check", ())
        assert named.keys() <= {"name", "that", "violation_error_message"}
