"""What a sale costs: exact to the poisha, never more than the list price, never more than can be stored."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError
from rest_framework.test import APIClient

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions.models import Product, Transaction
from apps.transactions.sales import LARGEST_AMOUNT, sale_record
from tests.support.factories import make_product

pytestmark = pytest.mark.django_db

POISHA = Decimal("0.01")
MOST = 2**31 - 1

many_times = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
prices = st.decimals(0, Decimal("9999999999.99"), places=2)
quantities = st.integers(1, MOST)


def on_sale(shop: Business, price: Decimal) -> Product:
    return make_product(shop, unit_price=price, current_stock=MOST)


@many_times
@example(price=Decimal("9999999999.99"), quantity=100)
@example(price=Decimal("0.01"), quantity=MOST)
@example(price=Decimal("0.00"), quantity=1)
@given(price=prices, quantity=quantities)
def test_the_list_price_is_exact_or_too_much_to_store(
    in_shop: Business, price: Decimal, quantity: int
) -> None:
    with transaction.atomic():
        product = on_sale(in_shop, price)
        full = price * quantity
        if full > LARGEST_AMOUNT:
            with pytest.raises(ValidationError):
                sale_record(product=product, quantity=quantity)
            assert not Transaction.objects.exists()
        else:
            pk = sale_record(product=product, quantity=quantity).sale.pk
            assert Transaction.objects.get(pk=pk).amount == full
        transaction.set_rollback(True)


@many_times
@given(price=prices, quantity=st.integers(1, 1000), share=st.decimals(0, 1, places=4))
def test_any_discount_is_kept_as_it_was_given(
    in_shop: Business, price: Decimal, quantity: int, share: Decimal
) -> None:
    paid = (price * quantity * share).quantize(POISHA)
    assume(paid <= LARGEST_AMOUNT)
    with transaction.atomic():
        pk = sale_record(product=on_sale(in_shop, price), quantity=quantity, amount=paid).sale.pk
        assert Transaction.objects.get(pk=pk).amount == paid
        transaction.set_rollback(True)


@many_times
@given(price=prices, quantity=st.integers(1, 99), over=st.decimals(POISHA, 10**6, places=2))
def test_no_surcharge_is_taken(in_shop: Business, price: Decimal, quantity: int, over: Decimal) -> None:
    with transaction.atomic():
        with pytest.raises(ValidationError):
            sale_record(product=on_sale(in_shop, price), quantity=quantity, amount=price * quantity + over)
        transaction.set_rollback(True)


@many_times
@given(amount=st.decimals(allow_nan=True, allow_infinity=True))
def test_an_amount_is_stored_to_the_poisha_or_refused(
    shop_api: APIClient, shop: Business, amount: Decimal
) -> None:
    with transaction.atomic():
        product = on_sale(shop, Decimal("9999999999.99"))
        body = {"product": product.pk, "quantity": 1, "amount": str(amount)}
        answer = shop_api.post("/api/transactions/", body)
        possible = amount.is_finite() and 0 <= amount <= product.unit_price and amount == round(amount, 2)
        if answer.status_code == 201:
            assert possible
            assert Decimal(answer.json()["amount"]) == amount
        else:
            assert (answer.status_code, list(answer.json()["fields"])) == (400, ["amount"])
        transaction.set_rollback(True)


@many_times
@given(amounts=st.lists(st.decimals(0, Decimal("999999999999.99"), places=2), max_size=8))
def test_the_dashboard_adds_up_to_the_poisha(
    shop_api: APIClient, shop: Business, amounts: list[Decimal]
) -> None:
    with transaction.atomic(), scope.working_for(shop.pk):
        product = on_sale(shop, Decimal("9999999999.99"))
        today = timezone.localdate()
        Transaction.objects.bulk_create(
            Transaction(product=product, date=today, quantity=101, amount=amount) for amount in amounts
        )
        page = shop_api.get("/api/dashboard/?days=1").json()
        total = f"{sum(amounts, Decimal()):.2f}"
        assert page["totals"]["revenue"] == page["revenue_by_day"][0]["revenue"] == total
        assert [each["revenue"] for each in page["top_products"]] == ([total] if amounts else [])
        transaction.set_rollback(True)


@pytest.mark.parametrize("price", ["72.5", "72.50", 72.5, "72.500"])
def test_money_is_a_string_with_two_places(price: object, shop_api: APIClient) -> None:
    body = {"name": "x", "sku": "X", "unit_price": price}
    answer = shop_api.post("/api/products/", body)
    if price == "72.500":
        assert answer.status_code == 400
    else:
        assert answer.json()["unit_price"] == "72.50"
