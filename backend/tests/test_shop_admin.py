"""What staff see and change of every shop in the admin."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from apps.adminops.models import AuditLog
from apps.auth.models import Business, User
from apps.core.tenancy import scope
from apps.transactions.models import Customer, Product, Transaction
from tests.support.factories import make_customer, make_product, make_sale

pytestmark = pytest.mark.django_db

Counting = Callable[[int], AbstractContextManager[Any]]

DAL = {"name": "ডাল", "sku": "DAL-1", "unit_price": "95.00", "current_stock": "8", "reorder_point": "2"}


@pytest.fixture
def staff(client: Client) -> User:
    staff = User.objects.create_superuser("staff@example.com")
    client.force_login(staff)
    return staff


def log() -> list[tuple[Any, ...]]:
    with scope.every_business():
        return list(AuditLog.objects.order_by("id").values_list("action", "business_id", "user_id"))


def opened(client: Client, address: str) -> dict[str, Any]:
    """Return what a page's form would send if nobody touched it."""
    form = client.get(address).context["adminform"].form
    sent = {}
    for name in form.fields:
        sent[name] = sent[f"initial-{name}"] = form[name].value()
    return {name: value for name, value in sent.items() if value is not None}


@pytest.mark.parametrize("rows", ["product", "customer", "transaction"])
def test_the_pages_open(rows: str, client: Client, staff: User, shop: Business) -> None:
    sale = make_sale(shop, customer=make_customer(shop))
    pk = {"product": sale.product_id, "customer": sale.customer_id, "transaction": sale.pk}[rows]
    for page in ("", "?q=x", f"{pk}/change/", f"{pk}/history/"):
        assert client.get(f"/admin/transactions/{rows}/{page}").status_code == 200, page


@pytest.mark.parametrize("page", ["product/add/", "customer/add/", "product/1/delete/"])
def test_the_pages_are_for_staff(page: str, client: Client, shop: Business) -> None:
    assert shop.user
    client.force_login(shop.user)
    assert client.get(f"/admin/transactions/{page}").headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("rows", ["product", "customer", "transaction"])
@pytest.mark.parametrize("sales", [1, 10])
def test_a_list_makes_as_many_queries_for_many_rows(
    sales: int, rows: str, client: Client, staff: User, django_assert_num_queries: Counting
) -> None:
    for number in range(sales):
        shop = Business.objects.create(name=f"Shop {number}")
        make_sale(shop, customer=make_customer(shop))
    # The session, the user, the count and the rows.
    with django_assert_num_queries(4):
        page = client.get(f"/admin/transactions/{rows}/").content.decode()
    assert page.count('class="field-business') == sales


@pytest.mark.parametrize(
    ("rows", "search"),
    [
        ("product", "Rice"),
        ("product", "RICE-9"),
        ("product", "First"),
        ("customer", "Karim"),
        ("customer", "0170-9"),
        ("customer", "karim@"),
        ("customer", "First"),
        ("transaction", "RICE-9"),
        ("transaction", "0170-9"),
        ("transaction", "First shop"),
    ],
)
def test_staff_find_rows_of_every_shop(
    rows: str, search: str, client: Client, staff: User, other_shop: Business
) -> None:
    first = Business.objects.create(name="First shop")
    rice = make_product(first, name="Rice", sku="RICE-9")
    karim = make_customer(first, name="Karim", phone="0170-9", email="karim@example.com")
    make_sale(first, rice, customer=karim)
    make_sale(other_shop, customer=make_customer(other_shop))
    found = client.get(f"/admin/transactions/{rows}/", {"q": search}).context["cl"].result_list
    assert [row.business for row in found] == [first]


def test_a_product_is_added_for_the_shop_that_is_chosen(
    client: Client, staff: User, shop: Business, other_shop: Business
) -> None:
    answer = client.post("/admin/transactions/product/add/", {**DAL, "business": other_shop.pk})
    assert answer.status_code == 302
    with scope.every_business():
        assert Product.objects.get().business == other_shop
    assert log() == [("product.created", other_shop.pk, staff.pk)]


def test_a_customer_is_added_for_the_shop_that_is_chosen(client: Client, staff: User, shop: Business) -> None:
    answer = client.post("/admin/transactions/customer/add/", {"business": shop.pk, "name": "করিম"})
    assert answer.status_code == 302
    with scope.working_for(shop.pk):
        assert Customer.objects.get().name == "করিম"


@pytest.mark.parametrize("missing", ["business", "name", "sku"])
def test_a_product_without_what_it_needs_is_not_added(
    missing: str, client: Client, staff: User, shop: Business
) -> None:
    answer = client.post("/admin/transactions/product/add/", {**DAL, "business": shop.pk, missing: ""})
    assert list(answer.context["adminform"].form.errors) == [missing]


def test_a_sku_that_the_shop_has_already_is_told(
    client: Client, staff: User, shop: Business, other_shop: Business
) -> None:
    make_product(shop, sku="DAL-1")
    product = make_product(shop)
    for address in ("add/", f"{product.pk}/change/"):
        answer = client.post(f"/admin/transactions/product/{address}", {**DAL, "business": shop.pk})
        assert list(answer.context["adminform"].form.errors) == ["__all__"]
    answer = client.post("/admin/transactions/product/add/", {**DAL, "business": other_shop.pk})
    assert answer.status_code == 302


def test_a_product_is_changed_where_it_is_and_the_stock_corrected(
    client: Client, staff: User, shop: Business, other_shop: Business
) -> None:
    product = make_product(shop, current_stock=5)
    address = f"/admin/transactions/product/{product.pk}/change/"
    sent = {**opened(client, address), "name": "মসুর ডাল", "current_stock": 4, "business": other_shop.pk}
    assert client.post(address, sent).status_code == 302
    with scope.every_business():
        product.refresh_from_db()
    assert (product.name, product.current_stock, product.business) == ("মসুর ডাল", 4, shop)
    assert log() == [
        ("product.stock_corrected", shop.pk, staff.pk),
        ("product.updated", shop.pk, staff.pk),
    ]


def test_a_page_that_was_open_while_something_was_sold_does_not_bring_it_back(
    client: Client, staff: User, shop: Business
) -> None:
    product = make_product(shop, current_stock=5)
    address = f"/admin/transactions/product/{product.pk}/change/"
    sent = {**opened(client, address), "name": "মসুর ডাল"}
    with scope.working_for(shop.pk):
        Product.objects.update(current_stock=1)
    assert client.post(address, sent).status_code == 302
    with scope.working_for(shop.pk):
        product.refresh_from_db()
    assert (product.name, product.current_stock) == ("মসুর ডাল", 1)


def test_a_product_that_was_sold_stays(client: Client, staff: User, shop: Business) -> None:
    sale = make_sale(shop)
    answer = client.post(f"/admin/transactions/product/{sale.product_id}/delete/", {"post": "yes"})
    assert answer.status_code == 200
    with scope.working_for(shop.pk):
        assert Product.objects.exists()


def test_several_rows_are_deleted_at_once_and_each_is_noted(
    client: Client, staff: User, shop: Business, other_shop: Business
) -> None:
    chosen = [make_product(shop).pk, make_product(other_shop).pk]
    action = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    assert client.post("/admin/transactions/product/", action).status_code == 302
    assert set(log()) == {("product.deleted", each.pk, staff.pk) for each in (shop, other_shop)}


def test_the_sales_of_a_deleted_customer_stay(client: Client, staff: User, shop: Business) -> None:
    sale = make_sale(shop, customer=make_customer(shop))
    answer = client.post(f"/admin/transactions/customer/{sale.customer_id}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    with scope.working_for(shop.pk):
        assert Transaction.objects.get().customer_id is None


@pytest.mark.parametrize("page", ["add/", "{pk}/delete/"])
def test_a_sale_is_neither_added_nor_deleted_by_staff(
    page: str, client: Client, staff: User, shop: Business
) -> None:
    address = f"/admin/transactions/transaction/{page.format(pk=make_sale(shop).pk)}"
    assert client.get(address).status_code == client.post(address, {"post": "yes"}).status_code == 403


def test_a_sale_is_not_changed_by_staff(client: Client, staff: User, shop: Business) -> None:
    address = f"/admin/transactions/transaction/{make_sale(shop).pk}/change/"
    assert "readonly" in client.get(address).content.decode()
    assert client.post(address, {"quantity": 9}).status_code == 403
