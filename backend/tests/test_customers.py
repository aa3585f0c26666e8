"""Who buys at a shop, through the API."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.adminops.models import AuditLog
from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions.models import Customer, Transaction
from tests.support.factories import make_customer, make_sale

pytestmark = pytest.mark.django_db

KARIM = {"name": "করিম মিয়া", "phone": "+880 1700-000001", "email": "karim@example.com"}


def test_a_customer_is_made_read_changed_and_deleted(shop_api: APIClient, shop: Business) -> None:
    made = shop_api.post("/api/customers/", KARIM)
    assert made.status_code == 201
    address = f"/api/customers/{made.json()['id']}/"
    assert shop_api.get(address).json().items() >= KARIM.items()
    assert shop_api.patch(address, {"email": ""}).json()["email"] == ""
    assert shop_api.delete(address).status_code == 204
    assert shop_api.get(address).status_code == 404
    with scope.working_for(shop.pk):
        entries = AuditLog.objects.order_by("id").values_list("action", "details")
        assert list(entries) == [
            ("customer.created", {}),
            ("customer.updated", {"changed": ["email"]}),
            ("customer.deleted", {}),
        ]


def test_the_sales_of_a_deleted_customer_stay_without_the_customer(
    shop_api: APIClient, shop: Business
) -> None:
    customer = make_customer(shop)
    sale, other = make_sale(shop, customer=customer), make_sale(shop, customer=make_customer(shop))
    assert shop_api.delete(f"/api/customers/{customer.pk}/").status_code == 204
    kept = shop_api.get(f"/api/transactions/{sale.pk}/").json()
    assert (kept["customer"], kept["customer_name"], kept["amount"]) == (None, None, "10.00")
    with scope.working_for(shop.pk):
        assert Transaction.objects.get(pk=other.pk).customer_id == other.customer_id


def test_two_customers_of_a_shop_have_two_phone_numbers_or_none(
    shop_api: APIClient, other_shop: Business
) -> None:
    make_customer(other_shop, phone=KARIM["phone"])
    assert shop_api.post("/api/customers/", KARIM).status_code == 201
    again = shop_api.post("/api/customers/", KARIM)
    assert (again.status_code, list(again.json()["fields"])) == (409, ["phone"])
    for _ in range(2):
        assert shop_api.post("/api/customers/", {"name": "অতিথি"}).status_code == 201


@pytest.mark.parametrize("search", ["করিম", "1700-0000", "KARIM@"])
def test_a_customer_is_found_by_name_phone_and_email(
    search: str, shop_api: APIClient, shop: Business
) -> None:
    wanted = make_customer(shop, **KARIM)
    make_customer(shop, name="সালমা", email="salma@example.com")
    found = shop_api.get("/api/customers/", {"search": search}).json()["results"]
    assert [row["id"] for row in found] == [wanted.pk]


@pytest.mark.parametrize("asked", [{"phone": KARIM["phone"]}, {"email": "Karim@Example.com"}])
def test_customers_are_filtered_by_phone_and_email(
    asked: dict[str, str], shop_api: APIClient, shop: Business
) -> None:
    wanted = make_customer(shop, **KARIM)
    make_customer(shop, email="salma@example.com")
    assert [row["id"] for row in shop_api.get("/api/customers/", asked).json()["results"]] == [wanted.pk]


@pytest.mark.parametrize("ordering", ["name", "-name", "id", "-id"])
def test_customers_are_ordered_as_asked(ordering: str, shop_api: APIClient, in_shop: Business) -> None:
    for name in ("খ", "ক", "খ"):
        make_customer(in_shop, name=name)
    found = shop_api.get(f"/api/customers/?ordering={ordering}").json()["results"]
    tie = "-id" if ordering.startswith("-") else "id"
    expected = Customer.objects.order_by(ordering, tie).values_list("id", flat=True)
    assert [row["id"] for row in found] == list(expected)


def test_a_customer_of_another_shop_is_not_found(shop_api: APIClient, other_shop: Business) -> None:
    address = f"/api/customers/{make_customer(other_shop).pk}/"
    answers = [shop_api.get(address), shop_api.patch(address, {"name": "x"}), shop_api.delete(address)]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert shop_api.get("/api/customers/").json() == {"results": [], "next": None}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", None),
        ("name", {"first": "x"}),
        ("phone", "call me"),
        ("phone", "0" * 21),
        ("email", "karim"),
        ("email", "x" * 250 + "@example.com"),
        ("points", 5),
    ],
)
def test_what_no_customer_can_be_is_refused(field: str, value: Any, shop_api: APIClient) -> None:
    answer = shop_api.post("/api/customers/", {**KARIM, field: value})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
