"""Every list, at its start and deep down, and the dashboard are served by an index made for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection, transaction
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from apps.auth.models import Business
from apps.core.api.pagination import SALT
from apps.core.tenancy import scope
from apps.transactions.models import Customer, Product, Transaction
from tests.support.bulk import fill
from tests.support.factories import make_shop

pytestmark = pytest.mark.django_db

SALES, DAYS = 3000, 730

LISTS = {
    "/api/products/?page_size=2&ordering=name": "product_by_name",
    "/api/products/?page_size=2&ordering=-name": "product_by_name",
    "/api/customers/?page_size=2&ordering=name": "customer_by_name",
    "/api/customers/?page_size=2&ordering=-name": "customer_by_name",
    "/api/transactions/?page_size=2&ordering=-date": "transaction_by_date",
    "/api/transactions/?page_size=2&ordering=date": "transaction_by_date",
    "/api/transactions/?page_size=2&ordering=-date&payment_method=cash": "transaction_by_date",
    "/api/transactions/?page_size=2&ordering=-date&date_from={middle}": "transaction_by_date",
    "/api/transactions/?page_size=2&ordering=date&date_to={middle}": "transaction_by_date",
}
# The primary key serves as well while a shop has a good part of all rows.
BY_ID = [
    f"/api/{rows}/?page_size=2&ordering={ordering}"
    for rows in ("products", "customers")
    for ordering in ("id", "-id")
]
# Few enough to sort, PostgreSQL believes, since it takes a product and its business for independent.
OF_ONE = {
    "/api/transactions/?page_size=2&ordering=-date&product={product}": "transaction_of_product",
    "/api/transactions/?page_size=2&ordering=date&customer={customer}": "transaction_of_customer",
}
MODELS = {"products": Product, "customers": Customer, "transactions": Transaction}


@dataclass(frozen=True)
class Shop:
    business: Business
    product: int
    customer: int
    middle: date

    def address(self, template: str) -> str:
        return template.format(product=self.product, customer=self.customer, middle=self.middle)


def most_sold(shop: Business, reference: str) -> int:
    with scope.working_for(shop.pk):
        sales = Transaction.objects.values_list(f"{reference}_id").annotate(sales=Count("*"))
        return int(sales.order_by("-sales")[0][0])


@pytest.fixture(scope="module")
def among_many(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Shop]:
    """One of twenty shops, each with 300 products, 300 customers and 3000 sales in two years."""
    with django_db_blocker.unblock(), transaction.atomic():
        shops = [make_shop(f"Shop {number}") for number in range(20)]
        today = timezone.localdate()
        fill(shops, products=300, customers=300, sales=SALES, days=DAYS, last=today)
        middle = today - timedelta(days=DAYS // 2)
        yield Shop(shops[7], most_sold(shops[7], "product"), most_sold(shops[7], "customer"), middle)
        transaction.set_rollback(True)


@pytest.fixture
def client(among_many: Shop) -> APIClient:
    client = APIClient()
    client.force_authenticate(among_many.business.user)
    return client


def deep(address: str, shop: Shop) -> str:
    """Return the address of the page that starts after the middle one of the rows."""
    ordering = address.split("ordering=")[1].split("&")[0]
    model, field = MODELS[address.split("/")[2]], ordering.removeprefix("-")
    with scope.working_for(shop.business.pk):
        rows = model.objects.order_by(ordering, "-pk" if ordering.startswith("-") else "pk")
        for filtered in ("product", "customer"):
            if f"{filtered}=" in address:
                rows = rows.filter(**{filtered: getattr(shop, filtered)})
        row = rows[len(rows) // 2]
    position = [ordering, str(getattr(row, field)), row.pk]
    return f"{address}&cursor={signing.dumps(position, salt=SALT)}"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def plans(client: APIClient, address: str, shop: Shop) -> list[list[dict[str, Any]]]:
    """Return what PostgreSQL does for each query of a request, as lists of the nodes of its plan."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    with scope.working_for(shop.business.pk), connection.cursor() as cursor:
        found = []
        for query in captured.captured_queries:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {query['sql']}")
            found.append(list(nodes(cursor.fetchall()[0][0][0]["Plan"])))
    return found


def indexes(plan: list[dict[str, Any]]) -> set[str]:
    return {node["Index Name"] for node in plan if "Index Name" in node}


def read_in_full(plan: list[dict[str, Any]]) -> set[str]:
    return {node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan"}


def sorts(plan: list[dict[str, Any]]) -> bool:
    return any("Sort" in node["Node Type"] for node in plan)


@pytest.mark.parametrize(("template", "index"), (LISTS | OF_ONE).items())
def test_the_first_page_reads_its_index(
    template: str, index: str, client: APIClient, among_many: Shop
) -> None:
    (plan,) = plans(client, among_many.address(template), among_many)
    assert index in indexes(plan)
    assert not read_in_full(plan)
    assert template in OF_ONE or not sorts(plan)


@pytest.mark.parametrize(("template", "index"), (LISTS | OF_ONE).items())
def test_a_deep_page_starts_in_the_middle_of_the_index(
    template: str, index: str, client: APIClient, among_many: Shop
) -> None:
    (plan,) = plans(client, deep(among_many.address(template), among_many), among_many)
    (scan,) = [node for node in plan if node.get("Index Name") == index]
    owner, _, position = scan["Index Cond"].partition(" AND ")
    assert "business_id = " in owner or template in OF_ONE
    assert "ROW(date, id)" in position or "ROW((name)::text, id)" in position
    assert not read_in_full(plan)
    assert template in OF_ONE or not sorts(plan)


@pytest.mark.parametrize("address", BY_ID)
def test_rows_in_the_order_of_their_ids_are_not_sorted(
    address: str, client: APIClient, among_many: Shop
) -> None:
    for page in (address, deep(address, among_many)):
        (plan,) = plans(client, page, among_many)
        assert not read_in_full(plan)
        assert not sorts(plan)


@pytest.mark.parametrize("days", [1, 30, 90])
def test_the_dashboard_reads_its_period_only(days: int, client: APIClient, among_many: Shop) -> None:
    found = plans(client, f"/api/dashboard/?days={days}", among_many)
    of_sales = [plan for plan in found if any("transaction" in name for name in indexes(plan))]
    assert [indexes(plan) for plan in of_sales] == [{"transaction_by_date"}] * 2
    assert not [plan for plan in found if "transactions_transaction" in read_in_full(plan)]


def test_the_dashboard_finds_what_is_low_by_its_own_index(client: APIClient, among_many: Shop) -> None:
    found = plans(client, "/api/dashboard/", among_many)
    assert [plan for plan in found if "product_low" in indexes(plan)]
