"""Many requests at the same time, to a real gunicorn on the real PostgreSQL."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
from rest_framework_simplejwt.tokens import AccessToken

from apps.adminops.models import AuditLog
from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions.models import Product, Transaction
from tests.support.factories import make_customer, make_product
from tests.support.web import Answer, Web, serving

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES, THREADS = "2", "8"


@dataclass(frozen=True)
class Till:
    """A place in the shop where somebody sells."""

    web: Web
    token: str

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Answer:
        sent = None if body is None else json.dumps(body)
        login = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return self.web.ask(path, method=method, body=sent, **login, **headers)

    def sell(self, product: Product, quantity: int = 1, *, key: str | None = None) -> Answer:
        body = {"product": product.pk, "quantity": quantity}
        headers = {"Idempotency-Key": key} if key else {}
        return self.ask("POST", "/api/transactions/", body, **headers)


@pytest.fixture(scope="module")
def web(env: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    log = tmp_path_factory.mktemp("web") / "web.log"
    with serving({**env, "WEB_CONCURRENCY": PROCESSES, "WEB_THREADS": THREADS}, log) as web:
        yield web


@pytest.fixture
def till(web: Web, shop: Business) -> Till:
    assert shop.user
    return Till(web, str(AccessToken.for_user(shop.user)))


def at_once(requests: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Send all requests at the same moment, each on a connection of its own."""
    start = Barrier(len(requests))

    def send(request: Callable[[], Answer]) -> Answer:
        start.wait(10)
        return request()

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(send, requests))


def statuses(answers: Sequence[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def stock(product: Product) -> int:
    with scope.working_for(product.business_id):
        return Product.objects.get(pk=product.pk).current_stock


def sold(product: Product) -> int:
    with scope.working_for(product.business_id):
        return Transaction.objects.filter(product=product).count()


def test_of_fifty_who_want_the_last_piece_one_gets_it(till: Till, shop: Business) -> None:
    product = make_product(shop, current_stock=1)
    answers = at_once([lambda: till.sell(product)] * 50)
    assert statuses(answers) == {201: 1, 409: 49}
    refused = [answer.json for answer in answers if answer.status == 409]
    assert {(each["code"], each["fields"]["current_stock"][0]) for each in refused} == {("out_of_stock", "0")}
    assert (stock(product), sold(product)) == (0, 1)
    with scope.working_for(shop.pk):
        assert AuditLog.objects.count() == 1


def test_as_much_is_sold_as_there_was_and_no_more(till: Till, shop: Business) -> None:
    product = make_product(shop, current_stock=20)
    answers = at_once([lambda: till.sell(product, 3)] * 30)
    assert statuses(answers) == {201: 6, 409: 24}
    assert (stock(product), sold(product)) == (2, 6)


def test_twenty_repeats_of_one_request_make_one_sale(till: Till, shop: Business) -> None:
    product = make_product(shop, current_stock=5)
    answers = at_once([lambda: till.sell(product, key="a-1")] * 20)
    assert statuses(answers) == {201: 20}
    assert len({answer.body for answer in answers}) == 1
    assert Counter(answer.headers.get("Idempotent-Replayed") for answer in answers) == {None: 1, "true": 19}
    assert (stock(product), sold(product)) == (4, 1)


def test_twenty_repeats_for_the_last_piece_are_all_told_of_its_sale(till: Till, shop: Business) -> None:
    product = make_product(shop, current_stock=1)
    answers = at_once([lambda: till.sell(product, key="a-1")] * 20)
    assert statuses(answers) == {201: 20}
    assert (stock(product), sold(product)) == (0, 1)


def test_one_key_for_several_products_sells_one_of_them(till: Till, shop: Business) -> None:
    products = [make_product(shop, current_stock=5) for _ in range(20)]

    def request(product: Product) -> Callable[[], Answer]:
        return lambda: till.sell(product, key="a-1")

    answers = at_once([request(product) for product in products])
    assert statuses(answers) == {201: 1, 422: 19}
    assert sum(map(sold, products)) == 1
    assert sum(map(stock, products)) == 20 * 5 - 1


def test_sales_of_several_products_in_any_order_do_not_block_each_other(till: Till, shop: Business) -> None:
    products = [make_product(shop, current_stock=100) for _ in range(4)]

    def basket(products: Sequence[Product]) -> Callable[[], Answer]:
        def sell_all() -> Answer:
            answers = [till.sell(product) for product in products]
            assert statuses(answers) == {201: len(products)}
            return answers[-1]

        return sell_all

    at_once([basket(products[turn:] + products[:turn]) for turn in range(4)] * 5)
    assert [stock(product) for product in products] == [80] * 4


def test_sales_corrections_and_deletions_at_once_leave_sense_behind(till: Till, shop: Business) -> None:
    product, customers = make_product(shop, current_stock=1000), [make_customer(shop) for _ in range(5)]

    def sell(customer: int) -> Callable[[], Answer]:
        body = {"product": product.pk, "quantity": 1, "customer": customer}
        return lambda: till.ask("POST", "/api/transactions/", body)

    def remove(customer: int) -> Callable[[], Answer]:
        return lambda: till.ask("DELETE", f"/api/customers/{customer}/")

    address = f"/api/products/{product.pk}/"
    corrections = [lambda: till.ask("PATCH", address, {"current_stock": 500})] * 5
    deletions = [lambda: till.ask("DELETE", address)] * 5
    answers = at_once(
        [
            *(sell(customer.pk) for customer in customers * 6),
            *(remove(customer.pk) for customer in customers),
            *corrections,
        ]
    )
    assert statuses(answers).keys() <= {200, 201, 204, 400}
    assert statuses(answers)[204] == 5
    assert statuses(answers)[201] == sold(product)
    with scope.working_for(shop.pk):
        assert not Transaction.objects.exclude(customer=None).exists()
    assert statuses(at_once([lambda: till.sell(product), *deletions])).keys() == {201, 409}


def test_a_product_that_goes_while_it_is_sold_is_sold_or_gone(till: Till, shop: Business) -> None:
    for _ in range(5):
        product = make_product(shop, current_stock=100)
        address = f"/api/products/{product.pk}/"
        requests = [lambda: till.sell(product)] * 5 + [lambda: till.ask("DELETE", address)] * 3
        answers = statuses(at_once(requests))
        with scope.working_for(shop.pk):
            there = Product.objects.filter(pk=product.pk).exists()
        assert answers in ([{201: 5, 409: 3}] if there else [{400: 5, 204: 1, 404: 2}])
