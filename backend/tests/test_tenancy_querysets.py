"""What Django's querysets do within a scope, with PostgreSQL's fence up and, as it may be off, without it."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Count, F, OuterRef, Prefetch, Subquery, Sum
from pytest_django import Settings
from rest_framework import serializers
from rest_framework.test import APIClient

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.core.tenancy.row_security import switch
from apps.core.tenancy.scope import NoBusinessInScope, WrongBusiness
from apps.customers.models import ChurnScore
from apps.transactions.models import Customer, Product, Transaction
from tests.support.factories import make_customer, make_product, make_sale
from tests.support.rows import TENANT_MODELS, make_row

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[True, False], ids=["row security", "managers alone"], autouse=True)
def fences(request: pytest.FixtureRequest, settings: Settings, db: None) -> None:
    settings.TENANT_RLS = request.param
    switch(on=request.param)


@pytest.fixture
def theirs(other_shop: Business) -> Product:
    return make_product(other_shop, name="theirs", sku="SAME", current_stock=7)


@pytest.fixture
def ours(shop: Business) -> Product:
    return make_product(shop, name="ours", sku="SAME", current_stock=7)


@pytest.fixture
def unharmed(ours: Product, theirs: Product, in_shop: Business) -> Any:
    """Both products, ours in scope; theirs has to be what it was when the test ends."""
    yield ours, theirs
    with scope.every_business():
        now = Product.objects.get(pk=theirs.pk)
        assert (now.name, now.sku, now.current_stock, now.business_id) == (
            "theirs",
            "SAME",
            7,
            theirs.business_id,
        )


READS: dict[str, Callable[[Product], Any]] = {
    "filter": lambda theirs: Product.objects.filter(pk=theirs.pk).first(),
    "in_bulk": lambda theirs: Product.objects.in_bulk([theirs.pk]),
    "exists": lambda theirs: Product.objects.filter(pk=theirs.pk).exists(),
    "values": lambda theirs: list(Product.objects.filter(name="theirs").values_list("sku")),
    "iterator": lambda theirs: list(Product.objects.filter(name="theirs").iterator()),
    "select_for_update": lambda theirs: list(Product.objects.select_for_update().filter(pk=theirs.pk)),
    "aggregate": lambda theirs: Product.objects.filter(name="theirs").aggregate(n=Sum("current_stock"))["n"],
    "annotate": lambda theirs: list(
        Product.objects.values("name").annotate(n=Count("id")).filter(name="theirs")
    ),
    "union": lambda theirs: [
        p for p in Product.objects.all().union(Product.objects.all()) if p.pk == theirs.pk
    ],
    "only": lambda theirs: Product.objects.only("sku").filter(pk=theirs.pk).first(),
    "subquery": lambda theirs: Product.objects.filter(
        pk__in=Subquery(Product.objects.filter(pk=theirs.pk).values("pk"))
    ).first(),
    "another manager": lambda theirs: Product._default_manager.filter(pk=theirs.pk).first(),
    "using": lambda theirs: Product.objects.using("default").filter(pk=theirs.pk).first(),
}


@pytest.mark.parametrize("read", READS)
def test_a_read_does_not_find_another_business(read: str, unharmed: tuple[Product, Product]) -> None:
    _, theirs = unharmed
    assert not READS[read](theirs)


WRITES: dict[str, Callable[[Product], Any]] = {
    "update": lambda theirs: Product.objects.filter(pk=theirs.pk).update(name="mine"),
    "update by an expression": lambda theirs: Product.objects.filter(pk=theirs.pk).update(
        current_stock=F("current_stock") - 1
    ),
    "bulk_update": lambda theirs: Product.objects.bulk_update([theirs], ["name"]),
    "delete": lambda theirs: Product.objects.filter(pk=theirs.pk).delete()[0],
    "delete of what it says is ours": lambda theirs: Product(pk=theirs.pk).delete()[0],
}


@pytest.mark.parametrize("write", WRITES)
def test_a_write_to_another_business_changes_nothing(write: str, unharmed: tuple[Product, Product]) -> None:
    _, theirs = unharmed
    theirs.name = "mine"
    assert WRITES[write](theirs) == 0


def test_every_product_that_is_updated_is_ours(unharmed: tuple[Product, Product]) -> None:
    ours, _ = unharmed
    assert Product.objects.update(current_stock=F("current_stock") + 1) == 1
    ours.refresh_from_db()
    assert ours.current_stock == 8
    assert Product.objects.all().delete()[0] == 1


def test_get_or_create_and_update_or_create_make_a_row_of_our_own(
    unharmed: tuple[Product, Product], in_shop: Business
) -> None:
    ours, theirs = unharmed
    values = {"name": "new", "unit_price": 1}
    assert Product.objects.get_or_create(sku="SAME", defaults=values) == (ours, False)
    changed, made = Product.objects.update_or_create(sku="SAME", defaults=values)
    assert (changed, made, changed.name) == (ours, False, "new")
    other, made = Product.objects.get_or_create(name="theirs", defaults={"sku": "NEW", "unit_price": 1})
    assert (other.business, made) == (in_shop, True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.update_or_create(pk=theirs.pk, defaults={"sku": "OTHER", **values})


@pytest.mark.parametrize("fields", [None, ["name"]])
def test_a_row_is_not_read_by_its_id_alone(
    fields: list[str] | None, unharmed: tuple[Product, Product], in_shop: Business
) -> None:
    _, theirs = unharmed
    taken = Product(pk=theirs.pk, business=in_shop)
    with pytest.raises((WrongBusiness, Product.DoesNotExist)):
        taken.refresh_from_db(fields=fields)


def test_a_field_that_was_left_out_is_read_when_it_is_asked_for(
    unharmed: tuple[Product, Product], django_assert_num_queries: Any
) -> None:
    product = Product.objects.only("name").get()
    with django_assert_num_queries(1):
        assert product.sku == "SAME"
        assert product.business_id


@pytest.mark.parametrize("values", [{"update_fields": ["name"]}, {"force_update": True}, {}])
def test_a_row_is_not_written_by_its_id_alone(
    values: dict[str, Any], unharmed: tuple[Product, Product], in_shop: Business
) -> None:
    _, theirs = unharmed
    with pytest.raises(DatabaseError), transaction.atomic():
        Product(pk=theirs.pk, business=in_shop, name="mine", sku="MINE", unit_price=1).save(**values)


def test_a_row_that_was_never_saved_cannot_be_deleted(in_shop: Business) -> None:
    with pytest.raises(ValueError, match="can't be deleted"):
        Product(name="new").delete()


def test_a_row_that_is_gone_is_deleted_without_a_word(in_shop: Business) -> None:
    product = make_product(in_shop)
    Product.objects.all().delete()
    assert product.delete() == (0, {})


def test_rows_are_only_taken_for_one_another_within_a_business(shop: Business, other_shop: Business) -> None:
    """A foreign customer's score would be updated before anything else finds out."""
    foreign = make_row(ChurnScore, other_shop)
    twin = {name: getattr(foreign, name) for name in ("recency_score", "frequency_score", "monetary_score")}
    twin |= {"rfm_segment": "lost", "churn_risk_score": 0, "churn_risk_level": "low"}

    def upsert(customer: Customer, *unique: str) -> None:
        ChurnScore.objects.bulk_create(
            [ChurnScore(customer=customer, **twin)],
            update_conflicts=True,
            unique_fields=unique,
            update_fields=["rfm_segment"],
        )

    with scope.working_for(shop.pk):
        with pytest.raises(WrongBusiness, match="unique_fields"):
            upsert(foreign.customer, "customer")
        with pytest.raises(IntegrityError), transaction.atomic():
            upsert(foreign.customer, "customer", "business")
        own = make_row(ChurnScore, shop)
        upsert(own.customer, "customer", "business")
        assert ChurnScore.objects.get().rfm_segment == "lost"
    with scope.working_for(other_shop.pk):
        assert ChurnScore.objects.get().rfm_segment == "at_risk"


def test_raw_sql_has_to_say_that_it_is_about_every_business(unharmed: tuple[Product, Product]) -> None:
    everything = "SELECT * FROM transactions_product"
    with pytest.raises(WrongBusiness, match="not narrowed"):
        Product.objects.raw(everything)
    with scope.every_business():
        assert len(list(Product.objects.raw(everything))) == 2


def test_related_rows_are_those_of_the_business(
    shop: Business, other_shop: Business, django_assert_num_queries: Any
) -> None:
    make_sale(shop, customer=make_customer(shop, name="our customer"))
    make_sale(other_shop, customer=make_customer(other_shop))
    with scope.working_for(shop.pk):
        with django_assert_num_queries(1):
            (sale,) = Transaction.objects.select_related("product", "customer")
            assert sale.customer and sale.product.business_id == sale.customer.business_id == shop.pk
        (sale,) = Transaction.objects.prefetch_related(
            "product", Prefetch("customer", Customer.objects.all())
        )
        assert sale.customer and sale.customer.name == "our customer"
        latest = Transaction.objects.filter(product=OuterRef("pk")).order_by("-date", "-id")
        (product,) = Product.objects.annotate(last=Subquery(latest.values("date")[:1]))
        assert product.last == sale.date


@pytest.mark.parametrize("reference", ["product", "customer"])
def test_a_foreign_reference_is_told_as_one_that_is_not_there(
    reference: str, shop: Business, other_shop: Business
) -> None:
    sale = make_sale(shop, customer=make_customer(shop))
    foreign = make_product(other_shop) if reference == "product" else make_customer(other_shop)
    setattr(sale, f"{reference}_id", foreign.pk)
    with scope.working_for(shop.pk), pytest.raises(ValidationError) as refused:
        sale.full_clean()
    assert refused.value.message_dict.keys() == {reference}


class SaleSerializer(serializers.ModelSerializer[Transaction]):
    class Meta:
        model = Transaction
        fields = ("product", "customer", "date", "quantity", "amount")


def test_a_serializer_refuses_a_foreign_reference(
    unharmed: tuple[Product, Product], other_shop: Business
) -> None:
    ours, theirs = unharmed
    customer = make_customer(other_shop)
    asked = SaleSerializer(
        data={
            "product": theirs.pk,
            "customer": customer.pk,
            "date": "2026-01-01",
            "quantity": 1,
            "amount": "1",
        }
    )
    assert not asked.is_valid()
    assert {name: [error.code for error in errors] for name, errors in asked.errors.items()} == {
        "product": ["does_not_exist"],
        "customer": ["does_not_exist"],
    }
    own = SaleSerializer(data={"product": ours.pk, "date": "2026-01-01", "quantity": 1, "amount": "1"})
    assert own.is_valid(), own.errors


def test_the_api_refuses_to_sell_what_another_shop_has(
    shop_api: APIClient, shop: Business, other_shop: Business
) -> None:
    sale = {"product": make_product(other_shop).pk, "date": "2026-01-01", "quantity": 1}
    assert shop_api.post("/api/transactions/", sale).status_code == 400
    with scope.every_business():
        assert not Transaction.objects.exists()


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_nothing_is_written_or_read_without_a_scope(model: Any, shop: Business) -> None:
    row = make_row(model, shop)
    for forbidden in (
        model.objects.all,
        model.objects.count,
        model._default_manager.first,
        row.save,
        row.delete,
        row.full_clean,
        lambda: model.objects.bulk_create([row]),
        lambda: model.objects.create(),
        lambda: model(business=shop).save(),
    ):
        with pytest.raises(NoBusinessInScope):
            forbidden()
    with pytest.raises((NoBusinessInScope, model.DoesNotExist)):
        row.refresh_from_db()


def test_one_business_has_to_be_in_scope_where_its_id_is_asked_for(shop: Business) -> None:
    for nobody in (scope.nobody, scope.every_business):
        with nobody(), pytest.raises(NoBusinessInScope):
            scope.business_id()
    with scope.working_for(shop.pk):
        assert scope.business_id() == shop.pk


def test_an_asynchronous_query_has_the_scope_of_its_caller(in_shop: Business) -> None:
    async def count() -> int:
        return await Product.objects.acount()

    make_product(in_shop)
    assert async_to_sync(count)() == 1
