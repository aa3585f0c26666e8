"""What changes on the shelf, and what the audit log says about it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.adminops.models import AuditLog
from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions.models import Product
from tests.support.factories import make_product

pytestmark = pytest.mark.django_db


def log(shop: Business) -> list[tuple[str, Any]]:
    with scope.working_for(shop.pk):
        return list(AuditLog.objects.order_by("id").values_list("action", "details"))


def test_another_stock_is_a_correction_with_an_entry_of_its_own(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop, current_stock=10, unit_price="72.50")
    answer = shop_api.patch(f"/api/products/{product.pk}/", {"current_stock": 7, "unit_price": "75"})
    assert (answer.json()["current_stock"], answer.json()["unit_price"]) == (7, "75.00")
    assert log(shop) == [
        ("product.stock_corrected", {"from": 10, "to": 7}),
        ("product.updated", {"changes": {"unit_price": {"from": "72.50", "to": "75.00"}}}),
    ]


@pytest.mark.parametrize("body", [{}, {"current_stock": 10}])
def test_what_stays_as_it_was_is_not_noted(body: dict[str, Any], shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop, current_stock=10)
    answer = shop_api.patch(f"/api/products/{product.pk}/", body)
    assert answer.status_code == 200
    with scope.working_for(shop.pk):
        assert Product.objects.get().updated_at == product.updated_at
    assert log(shop) == []


def test_a_refused_change_leaves_no_entry(shop_api: APIClient, shop: Business) -> None:
    make_product(shop, sku="TAKEN")
    product = make_product(shop)
    assert shop_api.patch(f"/api/products/{product.pk}/", {"sku": "TAKEN"}).status_code == 409
    assert log(shop) == []


@pytest.mark.parametrize("value", ["maybe", "1", "yes", "null"])
def test_a_truth_value_that_is_none_is_refused(value: str, shop_api: APIClient) -> None:
    answer = shop_api.get(f"/api/products/?low_stock={value}")
    assert (answer.status_code, answer.json()["fields"]) == (400, {"low_stock": ["true or false."]})


@pytest.mark.parametrize("value", ["false", "False", ""])
def test_products_not_low_are_shown_too_unless_asked_otherwise(
    value: str, shop_api: APIClient, shop: Business
) -> None:
    make_product(shop, current_stock=3, reorder_point=2)
    assert len(shop_api.get(f"/api/products/?low_stock={value}").json()["results"]) == 1


@pytest.mark.parametrize("search", ["চাল", "rice-9", "মিনি"])
def test_a_product_is_found_by_name_and_sku(search: str, shop_api: APIClient, shop: Business) -> None:
    wanted = make_product(shop, name="মিনিকেট চাল", sku="RICE-9")
    make_product(shop, name="ডাল", sku="DAL-1")
    found = shop_api.get("/api/products/", {"search": search}).json()["results"]
    assert [row["id"] for row in found] == [wanted.pk]
    assert len(shop_api.get("/api/products/?sku=DAL-1").json()["results"]) == 1


@pytest.mark.parametrize("query", ["search=%00", "sku=%00", "low_stock=%00", "page_size=%00", "cursor=%00"])
def test_a_query_with_a_null_character_is_refused(query: str, shop_api: APIClient) -> None:
    assert shop_api.get(f"/api/products/?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["search=%ED%A0%BD", "sku=%FF", "search=%25%27--", "search=" + "x%20" * 500]
)
def test_a_query_with_strange_text_finds_nothing(query: str, shop_api: APIClient, shop: Business) -> None:
    make_product(shop)
    assert shop_api.get(f"/api/products/?{query}").json()["results"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unit_price", "-0.01"),
        ("unit_price", "NaN"),
        ("unit_price", "Infinity"),
        ("unit_price", "1e999"),
        ("unit_price", "1.234"),
        ("unit_price", "99999999999.00"),
        ("current_stock", -1),
        ("current_stock", 2**31),
        ("current_stock", 1.5),
        ("current_stock", True),
        ("reorder_point", "many"),
        ("name", ""),
        ("name", "x" * 201),
        ("name", "nul\0"),
        ("sku", "two words"),
        ("sku", ["A"]),
        ("id", 5),
        ("business", 1),
        ("colour", "red"),
    ],
)
def test_what_no_product_can_be_is_refused(
    field: str, value: Any, shop_api: APIClient, shop: Business
) -> None:
    product = make_product(shop)
    answer = shop_api.patch(f"/api/products/{product.pk}/", {field: value})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert log(shop) == []
