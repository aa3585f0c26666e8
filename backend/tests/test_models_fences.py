"""References stay inside a business and rows out of reach of every other, which PostgreSQL sees to."""

from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models import Model, UniqueConstraint
from django.db.utils import ProgrammingError

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.core.tenancy.constraints import SameTenant, TenantPolicy
from apps.core.tenancy.models import TenantModel
from tests.support.declared import NOWHERE, Declared, declared, fields, refused, set_column, sql
from tests.support.rows import TENANT_MODELS, make_row

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("reference", declared(SameTenant), ids=str)
def test_a_reference_stays_in_its_business(reference: Declared, shop: Business, other_shop: Business) -> None:
    field: Any = reference.model._meta.get_field(reference.constraint.field)
    row, foreign = make_row(reference.model, shop), make_row(field.related_model, other_shop)
    with scope.every_business():
        for target in (foreign.pk, NOWHERE):
            with refused(IntegrityError, by=reference.constraint.name):
                set_column(row, field.column, target)
        with refused(IntegrityError):
            set_column(row, "business_id", other_shop.pk)
        with refused(IntegrityError, by=reference.constraint.name):
            table = field.related_model._meta.db_table
            sql(f"DELETE FROM {table} WHERE id = %s", getattr(row, field.attname))


@pytest.mark.parametrize(
    ("model", "field"), fields(models.ForeignKey, db_constraint=True), ids=lambda part: str(part)
)
def test_a_reference_leads_somewhere(model: type[Model], field: Any, shop: Business) -> None:
    row = make_row(model, shop)
    with scope.every_business(), refused(IntegrityError):
        set_column(row, field.column, NOWHERE)


def test_an_owner_is_a_member(shop: Business, other_shop: Business) -> None:
    assert shop.user
    with refused(IntegrityError, by="accounts_owner_is_member"):
        set_column(shop, "user_id", other_shop.user_id)
    for elsewhere in (other_shop.pk, None):
        with refused(IntegrityError, by="accounts_owner_is_member"):
            set_column(shop.user, "business_id", elsewhere)


@pytest.mark.parametrize("policy", declared(TenantPolicy), ids=str)
def test_a_row_is_out_of_reach_of_every_other_business(
    policy: Declared, shop: Business, other_shop: Business
) -> None:
    row = make_row(policy.model, shop)
    table = row._meta.db_table
    statements = (
        f"SELECT id FROM {table} WHERE id = %s",
        f"UPDATE {table} SET updated_at = now() WHERE id = %s",
        f"SELECT id FROM {table} WHERE id = %s FOR UPDATE",
        f"DELETE FROM {table} WHERE id = %s",
    )
    with scope.working_for(other_shop.pk):
        assert [sql(statement, row.pk) for statement in statements] == [0, 0, 0, 0]
    with scope.nobody():
        assert [sql(statement, row.pk) for statement in statements] == [0, 0, 0, 0]
    with scope.working_for(shop.pk):
        assert [sql(statement, row.pk) for statement in statements] == [1, 1, 1, 1]


@pytest.mark.parametrize("policy", declared(TenantPolicy), ids=str)
def test_a_row_is_written_for_its_own_business_only(
    policy: Declared, shop: Business, other_shop: Business
) -> None:
    row = make_row(policy.model, shop)
    columns = ", ".join(
        field.column for field in row._meta.concrete_fields if field.name not in ("id", "business")
    )
    insert = (
        f"INSERT INTO {row._meta.db_table} (business_id, {columns})"
        f" SELECT %s, {columns} FROM {row._meta.db_table} WHERE id = %s"
    )
    with scope.working_for(shop.pk):
        for statement, values in (
            (insert, (other_shop.pk, row.pk)),
            (f"UPDATE {row._meta.db_table} SET business_id = %s WHERE id = %s", (other_shop.pk, row.pk)),
        ):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                sql(statement, *values)


def test_every_row_of_a_tenant_is_fenced() -> None:
    for model in TENANT_MODELS:
        constraints = model._meta.constraints
        assert sum(isinstance(constraint, TenantPolicy) for constraint in constraints) == 1, model
        fenced = {constraint.field for constraint in constraints if isinstance(constraint, SameTenant)}
        assert fenced == {field.name for field in references_to_tenants(model)}, model


def test_no_reference_is_checked_twice() -> None:
    for model in TENANT_MODELS:
        assert not [field for field in references_to_tenants(model) if field.db_constraint or field.db_index]


def references_to_tenants(model: type[Model]) -> list[Any]:
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and issubclass(field.related_model, TenantModel)
    ]


def test_what_is_referred_to_is_unique_within_its_business() -> None:
    for each in declared(SameTenant):
        remote: Any = each.model._meta.get_field(each.constraint.field).related_model
        assert ("business", "id") in [
            constraint.fields
            for constraint in remote._meta.constraints
            if isinstance(constraint, UniqueConstraint)
        ]
