"""Pages over ties, of any size, while rows come in between: every row exactly once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions.models import Product, Transaction
from tests.support.factories import make_product

pytestmark = pytest.mark.django_db

many_times = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# Few days and few names, so that most rows tie.
days = st.integers(0, 3).map(lambda number: date(2026, 1, 1) + timedelta(days=number))
names = st.sampled_from(["", "ক", "ক ", "Ka", "ka", "'", "%", "\U0001f35a", "é"]).map(lambda name: f"x{name}")


@contextmanager
def undone() -> Iterator[None]:
    """Each example starts with the rows that the test began with."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def sell(product: Product, on: list[date]) -> list[int]:
    rows = [Transaction(product=product, date=day, quantity=1, amount=Decimal(1)) for day in on]
    return [row.pk for row in Transaction.objects.bulk_create(rows)]


def pages(api: APIClient, address: str) -> Iterator[list[int]]:
    following: str | None = address
    while following:
        page = api.get(following).json()
        yield [row["id"] for row in page["results"]]
        following = page["next"]


@many_times
@example(sold=[date(2026, 1, 1)] * 4, later=[date(2026, 1, 1)] * 2, size=2, ordering="-date")
@given(
    sold=st.lists(days, max_size=20),
    later=st.lists(days, max_size=6),
    size=st.integers(1, 6),
    ordering=st.sampled_from(["date", "-date"]),
)
def test_every_sale_is_on_one_page_while_others_are_made(
    shop_api: APIClient, shop: Business, sold: list[date], later: list[date], size: int, ordering: str
) -> None:
    with undone(), scope.working_for(shop.pk):
        product = make_product(shop)
        first, coming, seen = set(sell(product, sold)), iter(later), list[int]()
        for page in pages(shop_api, f"/api/transactions/?page_size={size}&ordering={ordering}"):
            assert len(page) <= size
            seen += page
            sell(product, [day for day in [next(coming, None)] if day])
        tie = "-id" if ordering.startswith("-") else "id"
        expected = Transaction.objects.filter(pk__in=seen).order_by(ordering, tie)
        assert seen == list(expected.values_list("pk", flat=True))
        assert first <= set(seen)


@many_times
@given(
    named=st.lists(names, max_size=15), size=st.integers(1, 6), ordering=st.sampled_from(["name", "-name"])
)
def test_every_product_is_on_one_page_whatever_it_is_called(
    shop_api: APIClient, shop: Business, named: list[str], size: int, ordering: str
) -> None:
    with undone(), scope.working_for(shop.pk):
        for name in named:
            make_product(shop, name=name)
        seen = sum(pages(shop_api, f"/api/products/?page_size={size}&ordering={ordering}"), [])
        tie = "-id" if ordering.startswith("-") else "id"
        assert seen == list(Product.objects.order_by(ordering, tie).values_list("pk", flat=True))
        assert len(seen) == len(named)


@many_times
@given(count=st.integers(0, 15), size=st.integers(1, 6), ordering=st.sampled_from(["id", "-id"]))
def test_every_product_is_on_one_page_in_the_order_of_ids(
    shop_api: APIClient, shop: Business, count: int, size: int, ordering: str
) -> None:
    with undone(), scope.working_for(shop.pk):
        made = [make_product(shop).pk for _ in range(count)]
        seen = sum(pages(shop_api, f"/api/products/?page_size={size}&ordering={ordering}"), [])
        assert seen == sorted(made, reverse=ordering.startswith("-"))


def test_a_page_has_as_many_rows_as_asked_and_the_last_no_next(shop_api: APIClient, shop: Business) -> None:
    with scope.working_for(shop.pk):
        sell(make_product(shop), [date(2026, 1, 1)] * 4)
    assert [len(page) for page in pages(shop_api, "/api/transactions/?page_size=2")] == [2, 2]


def test_filters_hold_on_the_pages_that_follow(shop_api: APIClient, shop: Business) -> None:
    wanted, other = make_product(shop), make_product(shop)
    with scope.working_for(shop.pk):
        made = sell(wanted, [date(2026, 1, 1)] * 5)
        sell(other, [date(2026, 1, 1)] * 5)
    assert sum(pages(shop_api, f"/api/transactions/?page_size=2&product={wanted.pk}"), []) == made[::-1]


@pytest.mark.parametrize("ordering", ["date", "-date"])
def test_a_cursor_of_another_ordering_is_refused(ordering: str, shop_api: APIClient, shop: Business) -> None:
    with scope.working_for(shop.pk):
        sell(make_product(shop), [date(2026, 1, 1)] * 3)
    other = "date" if ordering == "-date" else "-date"
    following = shop_api.get(f"/api/transactions/?page_size=2&ordering={ordering}").json()["next"]
    answer = shop_api.get(following.replace(f"ordering={ordering}", f"ordering={other}"))
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["cursor"])
