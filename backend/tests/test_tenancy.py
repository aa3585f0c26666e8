"""The fences between businesses, each on its own and all together."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from pytest_django import Settings

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.core.tenancy.row_security import switch
from apps.core.tenancy.scope import NoBusinessInScope, WrongBusiness
from apps.transactions.models import Customer, Product, Transaction
from tests.support.factories import make_customer, make_product, make_sale

pytestmark = pytest.mark.django_db


def raw(sql: str, *values: Any) -> list[Any]:
    """Run SQL past every manager, as one would who forgot them."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def test_without_a_business_in_scope_nothing_is_shown(shop: Business) -> None:
    make_product(shop)
    with pytest.raises(NoBusinessInScope):
        Product.objects.all()


def test_a_business_sees_its_own_rows_only(shop: Business, other_shop: Business) -> None:
    own, foreign = make_product(shop), make_product(other_shop)
    with scope.working_for(shop.pk):
        assert list(Product.objects.all()) == [own]
        assert not Product.objects.filter(pk=foreign.pk).exists()
    with scope.every_business():
        assert set(Product.objects.all()) == {own, foreign}


def test_a_row_is_given_to_the_business_in_scope(in_shop: Business) -> None:
    assert Product.objects.create(name="ডাল", sku="D", unit_price=1).business == in_shop


@pytest.mark.parametrize("write", ["save", "bulk_create", "full_clean", "delete"])
def test_a_row_of_another_business_is_not_written(
    write: str, in_shop: Business, other_shop: Business
) -> None:
    row = make_product(other_shop)
    with pytest.raises(WrongBusiness):
        Product.objects.bulk_create([row]) if write == "bulk_create" else getattr(row, write)()


def test_a_row_never_moves_to_another_business(in_shop: Business, other_shop: Business) -> None:
    make_product(in_shop)
    with pytest.raises(WrongBusiness):
        Product.objects.update(business=other_shop)


@pytest.mark.parametrize("row_security", [True, False])
def test_a_row_is_not_taken_over_by_its_id(
    row_security: bool, settings: Settings, in_shop: Business, other_shop: Business
) -> None:
    settings.TENANT_RLS = row_security
    switch(on=row_security)
    victim = make_product(other_shop, name="theirs")
    with pytest.raises(IntegrityError), transaction.atomic():
        Product(pk=victim.pk, name="mine", sku="MINE", unit_price=1).save()
    with scope.every_business():
        victim.refresh_from_db()
    assert (victim.name, victim.business) == ("theirs", other_shop)


@pytest.mark.parametrize("reference", ["product", "customer"])
def test_a_sale_cannot_name_another_business_even_in_raw_sql(
    reference: str, shop: Business, other_shop: Business
) -> None:
    sale = make_sale(shop, customer=make_customer(shop))
    foreign = make_product(other_shop) if reference == "product" else make_customer(other_shop)
    with scope.every_business(), pytest.raises(IntegrityError, match=f"transaction_{reference}_same_tenant"):
        raw(f"UPDATE transactions_transaction SET {reference}_id = %s WHERE id = %s", foreign.pk, sale.pk)


def test_row_security_hides_other_businesses_from_raw_sql(shop: Business, other_shop: Business) -> None:
    own, _ = make_product(shop), make_product(other_shop)
    everything = "SELECT id FROM transactions_product"
    assert raw(everything) == []
    with scope.working_for(shop.pk):
        assert raw(everything) == [(own.pk,)]
    with scope.every_business():
        assert len(raw(everything)) == 2
    assert raw(everything) == []


def test_row_security_refuses_a_row_for_another_business(in_shop: Business, other_shop: Business) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        raw(
            "INSERT INTO transactions_customer (business_id, name, phone, email, created_at, updated_at)"
            " VALUES (%s, 'x', '', '', now(), now())",
            other_shop.pk,
        )


def test_the_scope_survives_a_rollback(shop: Business, other_shop: Business) -> None:
    own = make_product(shop)
    with scope.working_for(other_shop.pk):
        assert not Product.objects.exists()
        with pytest.raises(ZeroDivisionError), transaction.atomic(), scope.working_for(shop.pk):
            assert raw("SELECT id FROM transactions_product") == [(own.pk,)]
            raise ZeroDivisionError
        assert raw("SELECT id FROM transactions_product") == []


def test_a_failed_statement_can_be_rolled_back_in_another_scope(shop: Business) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), scope.working_for(shop.pk):
        raw("SELECT nonsense")
    with scope.working_for(shop.pk):
        assert not Customer.objects.exists()


def test_the_switch_is_off_when_the_setting_says_so(settings: Settings, shop: Business) -> None:
    settings.TENANT_RLS = False
    assert "transactions_product" in switch(on=False)
    assert switch(on=False) == []
    make_product(shop)
    assert len(raw("SELECT id FROM transactions_product")) == 1
    with pytest.raises(NoBusinessInScope):
        Product.objects.all()


def test_a_whole_business_can_be_deleted_with_what_it_sold(shop: Business) -> None:
    make_sale(shop, customer=make_customer(shop))
    with scope.every_business():
        Business.objects.update(user=None)
        shop.members.all().delete()
        shop.delete()
        assert not Transaction.objects.exists()
