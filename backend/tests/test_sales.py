"""Recording a sale and looking at sales, through the API."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.adminops.models import AuditLog
from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions.models import Product, Transaction
from tests.support.factories import make_customer, make_product, make_sale

pytestmark = pytest.mark.django_db

ADDRESS = "/api/transactions/"


def stock(product: Product) -> int:
    with scope.every_business():
        return Product.objects.get(pk=product.pk).current_stock


def sold() -> int:
    with scope.every_business():
        return Transaction.objects.count()


def test_a_sale_takes_from_the_stock_and_costs_the_list_price(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop, name="ডাল", unit_price="72.50", current_stock=5)
    answer = shop_api.post(ADDRESS, {"product": product.pk, "quantity": 2})
    assert answer.status_code == 201
    sale = answer.json()
    assert sale["amount"] == "145.00"
    assert sale["date"] == timezone.localdate().isoformat()
    assert (sale["product_name"], sale["customer"], sale["payment_method"]) == ("ডাল", None, "cash")
    assert stock(product) == 3
    assert shop_api.get(f"{ADDRESS}{sale['id']}/").json() == sale


def test_a_sale_keeps_all_that_was_said_about_it(shop_api: APIClient, shop: Business) -> None:
    product, customer = make_product(shop), make_customer(shop, name="করিম")
    said = {
        "product": product.pk,
        "customer": customer.pk,
        "quantity": 3,
        "amount": "25.50",
        "date": "2026-02-28",
        "payment_method": "bkash",
    }
    sale = shop_api.post(ADDRESS, said).json()
    assert sale.items() >= said.items()
    assert sale["customer_name"] == "করিম"


def test_a_sale_is_in_the_audit_log(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop)
    sale = shop_api.post(ADDRESS, {"product": product.pk, "quantity": 2}).json()
    with scope.working_for(shop.pk):
        entry = AuditLog.objects.get()
    assert (entry.action, entry.resource_id, entry.user_id) == (
        "sale.recorded",
        str(sale["id"]),
        shop.user_id,
    )
    assert entry.details == {"product": product.pk, "quantity": 2, "amount": "20.00"}


def test_what_is_not_in_stock_is_not_sold(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop, name="ডাল", current_stock=5)
    answer = shop_api.post(ADDRESS, {"product": product.pk, "quantity": 6})
    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_stock")
    assert answer.json()["message"] == "Only 5 of ডাল left."
    assert answer.json()["fields"] == {"quantity": ["5 left."], "current_stock": ["5"]}
    assert (stock(product), sold()) == (5, 0)
    with scope.working_for(shop.pk):
        assert not AuditLog.objects.exists()


def test_the_last_piece_can_be_sold(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop, current_stock=5)
    assert shop_api.post(ADDRESS, {"product": product.pk, "quantity": 5}).status_code == 201
    assert stock(product) == 0


@pytest.mark.parametrize(("paid", "status"), [("0", 201), ("19.99", 201), ("20.00", 201), ("20.01", 400)])
def test_a_discount_is_fine_and_a_surcharge_is_not(
    paid: str, status: int, shop_api: APIClient, shop: Business
) -> None:
    product = make_product(shop, unit_price="10.00")
    answer = shop_api.post(ADDRESS, {"product": product.pk, "quantity": 2, "amount": paid})
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["fields"] == {"amount": ["No more than the list price, 20.00."]}
        assert stock(product) == 5


def test_a_sale_is_not_in_the_future_and_not_before_2000(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop)
    today = timezone.localdate()
    expected = {today: 201, today + timedelta(days=1): 400, date(2000, 1, 1): 201, date(1999, 12, 31): 400}
    for day, status in expected.items():
        answer = shop_api.post(ADDRESS, {"product": product.pk, "quantity": 1, "date": day.isoformat()})
        assert answer.status_code == status, day
        assert status == 201 or list(answer.json()["fields"]) == ["date"]


@pytest.mark.parametrize(("hour", "day"), [("17:59", "2026-03-05"), ("18:01", "2026-03-06")])
def test_today_is_the_day_in_dhaka(
    hour: str, day: str, shop_api: APIClient, shop: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.fromisoformat(f"2026-03-05T{hour}:00+00:00")
    monkeypatch.setattr(timezone, "now", lambda: now)
    product = make_product(shop)
    assert shop_api.post(ADDRESS, {"product": product.pk, "quantity": 1}).json()["date"] == day


@pytest.mark.parametrize("reference", ["product", "customer"])
def test_a_sale_names_rows_of_its_own_shop_only(
    reference: str, shop_api: APIClient, shop: Business, other_shop: Business
) -> None:
    foreign = make_product(other_shop) if reference == "product" else make_customer(other_shop)
    body = {"product": make_product(shop).pk, "quantity": 1, reference: foreign.pk}
    answer = shop_api.post(ADDRESS, body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [reference])
    assert sold() == 0


@pytest.mark.parametrize("value", [0, -1, 2**63, 10**30, 1.0, True, "1", "x", None, [], {}, [1]])
def test_a_product_that_cannot_be_is_refused(value: Any, shop_api: APIClient, shop: Business) -> None:
    make_product(shop)
    answer = shop_api.post(ADDRESS, {"product": value, "quantity": 1})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["product"])


@pytest.mark.parametrize("value", ["1e999", "-1e999", "1.0", '"\\ud800"', '"\\u0000"'])
@pytest.mark.parametrize("field", ["product", "customer", "quantity", "amount", "date", "payment_method"])
def test_json_at_its_limits_is_refused(field: str, value: str, shop_api: APIClient, shop: Business) -> None:
    good = {"product": str(make_product(shop).pk), "quantity": "1"}
    body = ",".join(f'"{name}":{each}' for name, each in {**good, field: value}.items())
    answer = shop_api.generic("POST", ADDRESS, f"{{{body}}}", content_type="application/json")
    fine = value == "1.0" and field in ("quantity", "amount")
    assert answer.status_code == (201 if fine else 400)


@pytest.mark.parametrize("text", ['"\\ud83d"', '"\\uDE00\\uD83D"', '{"\\udead": 1}'])
def test_half_a_character_is_refused(text: str, shop_api: APIClient) -> None:
    for body in (f'{{"note": {text}}}', f'{{"payment_method": {text}}}', text):
        answer = shop_api.generic("POST", ADDRESS, body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_a_whole_character_written_as_two_is_taken(shop_api: APIClient) -> None:
    body = '{"name": "\\ud83c\\udf5a"}'
    answer = shop_api.generic("POST", "/api/customers/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["name"]) == (201, "🍚")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", 0),
        ("quantity", -1),
        ("quantity", 2**31),
        ("quantity", 1.5),
        ("quantity", None),
        ("amount", "-0.01"),
        ("amount", "NaN"),
        ("amount", "1.001"),
        ("amount", "1000000000000"),
        ("amount", None),
        ("date", "2026-02-30"),
        ("date", "03/04/2026"),
        ("date", "2026-01-01T00:00:00Z"),
        ("date", 20260101),
        ("date", None),
        ("payment_method", "cheque"),
        ("payment_method", "CASH"),
        ("payment_method", None),
        ("idempotency_key", "k"),
        ("request_digest", "d"),
        ("product_name", "x"),
        ("business", 1),
    ],
)
def test_what_no_sale_can_be_is_refused(field: str, value: Any, shop_api: APIClient, shop: Business) -> None:
    body = {"product": make_product(shop).pk, "quantity": 1, field: value}
    answer = shop_api.post(ADDRESS, body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert sold() == 0


@pytest.mark.parametrize("body", [[], "x", 5, None])
def test_a_body_that_is_no_object_is_refused(body: Any, shop_api: APIClient) -> None:
    for key in ({}, {"Idempotency-Key": "k"}):
        answer = shop_api.post(ADDRESS, body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_sale_costs_no_more_than_can_be_stored(shop_api: APIClient, shop: Business) -> None:
    product = make_product(shop, unit_price="9999999999.99", current_stock=2**31 - 1)
    answer = shop_api.post(ADDRESS, {"product": product.pk, "quantity": 101})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["quantity"])
    assert shop_api.post(ADDRESS, {"product": product.pk, "quantity": 100}).status_code == 201


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_sale_is_neither_changed_nor_deleted(method: str, shop_api: APIClient, shop: Business) -> None:
    sale = make_sale(shop)
    assert getattr(shop_api, method)(f"{ADDRESS}{sale.pk}/", {"quantity": 9}).status_code == 405


def test_a_sale_of_another_shop_is_not_found(shop_api: APIClient, other_shop: Business) -> None:
    assert shop_api.get(f"{ADDRESS}{make_sale(other_shop).pk}/").status_code == 404
    assert shop_api.get(ADDRESS).json() == {"results": [], "next": None}


def test_sales_are_shown_newest_first_and_by_the_filters(shop_api: APIClient, shop: Business) -> None:
    rice, dal, karim = make_product(shop), make_product(shop), make_customer(shop)
    first = make_sale(shop, rice, date=date(2026, 1, 1), customer=karim)
    second = make_sale(shop, dal, date=date(2026, 1, 2), payment_method="nagad")
    third = make_sale(shop, rice, date=date(2026, 1, 2))
    fourth = make_sale(shop, dal, date=date(2026, 1, 3))
    expected: dict[str, list[Transaction]] = {
        "": [fourth, third, second, first],
        "ordering=date": [first, second, third, fourth],
        "date_from=2026-01-02": [fourth, third, second],
        "date_to=2026-01-02": [third, second, first],
        "date_from=2026-01-02&date_to=2026-01-02": [third, second],
        "date_from=2026-01-03&date_to=2026-01-02": [],
        f"product={rice.pk}": [third, first],
        f"customer={karim.pk}": [first],
        "payment_method=nagad": [second],
        f"product={dal.pk}&payment_method=nagad&date_to=2026-01-03": [second],
    }
    for query, sales in expected.items():
        found = shop_api.get(f"{ADDRESS}?{query}").json()["results"]
        assert [row["id"] for row in found] == [sale.pk for sale in sales], query


def test_a_filter_by_another_shops_row_finds_nothing(shop_api: APIClient, other_shop: Business) -> None:
    sale = make_sale(other_shop)
    assert shop_api.get(f"{ADDRESS}?product={sale.product_id}").json()["results"] == []


@pytest.mark.parametrize(
    "query",
    [
        "product=x",
        "product=0",
        "product=1.5",
        "product=9223372036854775808",
        "customer=-1",
        "date_from=03/04/2026",
        "date_to=2026-02-30",
        "date_to=tomorrow",
        "payment_method=cheque",
        "payment_method=CASH",
        "search=x",
        "ordering=amount",
    ],
)
def test_a_filter_that_cannot_be_is_refused(query: str, shop_api: APIClient) -> None:
    answer = shop_api.get(f"{ADDRESS}?{query}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [query.split("=")[0]])
