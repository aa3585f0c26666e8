"""The Idempotency-Key header of POST /api/transactions/."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions import selectors
from apps.transactions.models import Customer, Product, Transaction
from tests.support.factories import make_customer, make_product

pytestmark = pytest.mark.django_db


def sell(api: APIClient, key: str, **body: Any) -> Any:
    return api.post("/api/transactions/", body, headers={"Idempotency-Key": key})


def sold(shop: Business) -> int:
    with scope.working_for(shop.pk):
        return Transaction.objects.count()


def test_a_repeat_gets_the_first_sale_and_sells_nothing(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop, current_stock=5)
    first, repeat = (sell(shop_api, "a-1", product=product.pk, quantity=2) for _ in range(2))
    assert (first.status_code, repeat.status_code) == (201, 201)
    assert first.json() == repeat.json()
    assert "Idempotent-Replayed" not in first.headers
    assert repeat.headers["Idempotent-Replayed"] == "true"
    with scope.working_for(shop.pk):
        assert Product.objects.get().current_stock == 3


def test_a_repeat_of_the_sale_of_the_last_piece_gets_it_too(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop, current_stock=1)
    answers = [sell(shop_api, "a-1", product=product.pk, quantity=1) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]


def test_a_repeat_is_the_same_whatever_has_changed_meanwhile(
    shop_api: APIClient, shop: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    product, customer = make_product(shop), make_customer(shop)
    body = {"product": product.pk, "customer": customer.pk, "quantity": 1}
    first = sell(shop_api, "a-1", **body).json()
    with scope.working_for(shop.pk):
        Product.objects.update(unit_price="99.00", current_stock=0)
        Customer.objects.get().delete()
    monkeypatch.setattr(timezone, "localdate", lambda: date(2099, 1, 1))
    repeat = sell(shop_api, "a-1", **body).json()
    assert {name for name in first if first[name] != repeat[name]} == {"customer", "customer_name"}


def test_a_repeat_may_be_written_differently(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop)
    bodies = [f'{{"product":{product.pk},"quantity":1}}', f' {{"quantity": 1, "product": {product.pk}}}']
    answers = [
        shop_api.generic(
            "POST", "/api/transactions/", body, "application/json", headers={"Idempotency-Key": key}
        )
        for body, key in zip(bodies, ["a-1", '"a-1"'], strict=True)
    ]
    assert answers[0].json() == answers[1].json()
    assert sold(shop) == 1


@pytest.mark.parametrize("change", [{"quantity": 2}, {"amount": "10.00"}, {"product": None}, {"nosuch": 1}])
def test_a_key_belongs_to_one_body(change: dict[str, Any], shop_api: APIClient, shop: Business) -> None:
    body = {"product": make_product(shop).pk, "quantity": 1}
    assert sell(shop_api, "a-1", **body).status_code == 201
    answer = sell(shop_api, "a-1", **{**body, **change})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert sold(shop) == 1


def test_a_key_that_came_with_another_product_at_the_same_time_is_refused(
    shop_api: APIClient, shop: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is when the other request has not committed yet: nobody sees its sale, and the index knows it."""
    rice, dal = make_product(shop), make_product(shop)
    assert sell(shop_api, "a-1", product=rice.pk, quantity=1).status_code == 201
    monkeypatch.setattr(selectors, "sale_with_key", lambda key: None)
    answer = sell(shop_api, "a-1", product=dal.pk, quantity=1)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert sold(shop) == 1


def test_a_key_belongs_to_one_business(shop_api: APIClient, shop: Business, other_shop: Business) -> None:
    other_api = APIClient()
    other_api.force_authenticate(other_shop.user)
    assert sell(shop_api, "a-1", product=make_product(shop).pk, quantity=1).status_code == 201
    answer = sell(other_api, "a-1", product=make_product(other_shop).pk, quantity=1)
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers
    assert (sold(shop), sold(other_shop)) == (1, 1)


def test_a_refused_request_leaves_its_key_free(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop, current_stock=1)
    assert sell(shop_api, "a-1", product=product.pk, quantity=2).status_code == 409
    assert sell(shop_api, "a-1", product=product.pk, quantity=1).status_code == 201


def test_without_a_key_every_request_is_a_sale(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop)
    for _ in range(2):
        answer = shop_api.post("/api/transactions/", {"product": product.pk, "quantity": 1})
        assert answer.status_code == 201
    assert sold(shop) == 2


@pytest.mark.parametrize(
    "key", ["", '""', " ", "a b", '"a b"', '"a', 'a"b"c d', "x" * 81, "চাবি", '"a";b=1', "\x7f"]
)
def test_a_key_that_cannot_be_is_refused(key: str, shop_api: APIClient, shop: Business) -> None:
    answer = sell(shop_api, key, product=make_product(shop).pk, quantity=1)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Idempotency-Key"])
    assert sold(shop) == 0


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("x" * 80, "x" * 80),
        (f'"{"x" * 80}"', "x" * 80),
        ('"a\\"b\\\\c"', 'a"b\\c'),
        ("8e03978e-40d5-43e8-bc93-6894a57f9324", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        ("a'; DROP--"[:3], "a';"),
    ],
)
def test_a_key_is_kept_without_its_quotes(sent: str, kept: str, shop_api: APIClient, shop: Business) -> None:
    assert sell(shop_api, sent, product=make_product(shop).pk, quantity=1).status_code == 201
    with scope.working_for(shop.pk):
        assert Transaction.objects.get().idempotency_key == kept


def test_a_browser_may_send_the_key_and_see_the_replay(api: APIClient) -> None:
    asked = {"origin": "https://shop.example.com", "access-control-request-method": "POST"}
    allowed = api.options("/api/transactions/", headers=asked)
    assert "idempotency-key" in allowed.headers["Access-Control-Allow-Headers"]
    answer = api.get("/api/", headers={"origin": "https://shop.example.com"})
    assert "Idempotent-Replayed" in answer.headers["Access-Control-Expose-Headers"]
