"""The shelf, through the API."""

import pytest
from rest_framework.test import APIClient

from apps.adminops.models import AuditLog
from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions.models import Product
from tests.support.factories import make_product, make_sale

pytestmark = pytest.mark.django_db

RICE = {
    "name": "মিনিকেট চাল",
    "sku": "RICE-1",
    "unit_price": "72.50",
    "current_stock": 10,
    "reorder_point": 3,
}


def test_a_product_is_made_read_changed_and_deleted(shop_api: APIClient, shop: Business) -> None:
    made = shop_api.post("/api/products/", RICE)
    assert made.status_code == 201
    address = f"/api/products/{made.json()['id']}/"
    assert shop_api.get(address).json()["name"] == RICE["name"]
    assert shop_api.patch(address, {"unit_price": "75"}).json()["unit_price"] == "75.00"
    assert shop_api.delete(address).status_code == 204
    with scope.working_for(shop.pk):
        actions = AuditLog.objects.order_by("id").values_list("action", "user_id", "ip_address")
        assert [action for action, *_ in actions] == ["product.created", "product.updated", "product.deleted"]
        assert {tuple(who) for _, *who in actions} == {(shop.user_id, "127.0.0.1")}


def test_two_products_of_a_shop_have_two_skus(
    shop_api: APIClient, shop: Business, other_shop: Business
) -> None:
    make_product(other_shop, sku="RICE-1")
    assert shop_api.post("/api/products/", RICE).status_code == 201
    again = shop_api.post("/api/products/", RICE)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert again.json()["fields"] == {"sku": ["Another product has this SKU."]}


def test_a_product_that_was_sold_stays(shop_api: APIClient, shop: Business) -> None:
    sale = make_sale(shop)
    answer = shop_api.delete(f"/api/products/{sale.product_id}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    with scope.working_for(shop.pk):
        assert not AuditLog.objects.exists()


def test_a_product_of_another_shop_is_not_found(shop_api: APIClient, other_shop: Business) -> None:
    address = f"/api/products/{make_product(other_shop).pk}/"
    answers = [shop_api.get(address), shop_api.patch(address, {"name": "x"}), shop_api.delete(address)]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 3


def test_pages_follow_each_other_without_gaps_or_repeats(shop_api: APIClient, shop: Business) -> None:
    for name in ("ক", "খ", "খ", "খ", "গ"):
        make_product(shop, name=name)
    seen, address, pages = [], "/api/products/?page_size=2&ordering=-name", 0
    while address:
        page = shop_api.get(address).json()
        seen += [row["id"] for row in page["results"]]
        address, pages = page["next"], pages + 1
    with scope.working_for(shop.pk):
        assert seen == list(Product.objects.order_by("-name", "-id").values_list("id", flat=True))
    assert pages == 3


@pytest.mark.parametrize(
    "query",
    [
        "page_size=0",
        "page_size=201",
        "page_size=x",
        "ordering=sku",
        "cursor=forged",
        "nosuch=1",
    ],
)
def test_a_parameter_that_means_nothing_is_refused(query: str, shop_api: APIClient) -> None:
    answer = shop_api.get(f"/api/products/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["fields"]) == [query.split("=")[0]]


def test_products_low_on_stock_are_found(shop_api: APIClient, shop: Business) -> None:
    low = make_product(shop, current_stock=2, reorder_point=2)
    make_product(shop, current_stock=3, reorder_point=2)
    found = shop_api.get("/api/products/?low_stock=true").json()["results"]
    assert [row["id"] for row in found] == [low.pk]
