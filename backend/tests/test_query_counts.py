"""How many queries each route makes, and that more rows do not make more of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions.models import Customer, Product, Transaction
from tests.support.factories import make_customer, make_product, make_sale

pytestmark = pytest.mark.django_db

Counting = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture(params=[1, 25])
def stocked(request: pytest.FixtureRequest, shop: Business) -> Business:
    """The shop with one or with many products, customers and sales."""
    for _ in range(request.param):
        product, customer = make_product(shop, reorder_point=9), make_customer(shop)
        make_sale(shop, product, customer=customer, date=timezone.localdate())
    return shop


LISTS = [
    "/api/products/",
    "/api/products/?low_stock=true&search=SKU&sku=SKU-1",
    "/api/customers/",
    "/api/customers/?search=0170&phone=1&email=x",
    "/api/transactions/",
    "/api/transactions/?ordering=date&date_from=2026-01-01&date_to=2026-12-31&payment_method=cash",
    "/api/transactions/?product=1&customer=1",
]


@pytest.mark.parametrize("address", LISTS)
def test_a_list_makes_one_query(
    address: str, shop_api: APIClient, stocked: Business, django_assert_num_queries: Counting
) -> None:
    with django_assert_num_queries(1):
        assert shop_api.get(address).status_code == 200


@pytest.mark.parametrize("rows", ["products", "customers", "transactions"])
def test_a_page_further_on_makes_one_query(
    rows: str, shop_api: APIClient, shop: Business, django_assert_num_queries: Counting
) -> None:
    for _ in range(3):
        make_sale(shop, customer=make_customer(shop))
    following = shop_api.get(f"/api/{rows}/?page_size=2").json()["next"]
    with django_assert_num_queries(1):
        assert len(shop_api.get(following).json()["results"]) == 1


@pytest.mark.parametrize("model", [Product, Customer, Transaction])
def test_a_row_makes_one_query(
    model: Any, shop_api: APIClient, stocked: Business, django_assert_num_queries: Counting
) -> None:
    with scope.working_for(stocked.pk):
        pk = model.objects.order_by("id")[0].pk
    with django_assert_num_queries(1):
        assert shop_api.get(f"/api/{model._meta.model_name}s/{pk}/").status_code == 200


@pytest.mark.parametrize("days", [1, 365])
def test_the_dashboard_makes_eight_queries(
    days: int, shop_api: APIClient, stocked: Business, django_assert_num_queries: Counting
) -> None:
    with django_assert_num_queries(8):
        assert shop_api.get(f"/api/dashboard/?days={days}").status_code == 200


# Of each two are the savepoint in which a test sees a transaction.
SALE = {
    "the product, and the customer": 2,
    "the lock": 1,
    "the stock, the sale, the audit entry": 3,
    "the savepoint": 2,
}


def test_a_sale_makes_eight_queries_and_two_more_with_a_key(
    shop_api: APIClient, stocked: Business, django_assert_num_queries: Counting
) -> None:
    body = {"product": make_product(stocked).pk, "customer": make_customer(stocked).pk, "quantity": 1}
    with django_assert_num_queries(sum(SALE.values())):
        assert shop_api.post("/api/transactions/", body).status_code == 201
    key = {"Idempotency-Key": "k"}
    with django_assert_num_queries(sum(SALE.values()) + 2):
        assert shop_api.post("/api/transactions/", body, headers=key).status_code == 201
    with django_assert_num_queries(1):
        assert shop_api.post("/api/transactions/", body, headers=key).status_code == 201


def test_a_correction_of_the_stock_makes_six_queries(
    shop_api: APIClient, stocked: Business, django_assert_num_queries: Counting
) -> None:
    address = f"/api/products/{make_product(stocked).pk}/"
    with django_assert_num_queries(6):
        assert shop_api.patch(address, {"current_stock": 9}).status_code == 200


def test_deleting_a_customer_makes_as_many_queries_whatever_it_bought(
    shop_api: APIClient, stocked: Business, django_assert_num_queries: Counting
) -> None:
    customer = make_customer(stocked)
    with scope.working_for(stocked.pk):
        Transaction.objects.update(customer=customer)
    with django_assert_num_queries(9):
        assert shop_api.delete(f"/api/customers/{customer.pk}/").status_code == 204
