"""Two shops that ask at the same time, and what each may see."""

import http.client
import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from apps.auth import sessions
from apps.auth.models import Business
from tests.support.factories import make_product, make_shop


@dataclass(frozen=True)
class Tenant:
    """A shop with one product that only it has, and one SKU that every shop has."""

    shop: Business
    token: str
    product: int

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    @property
    def name(self) -> str:
        return f"of {self.shop.pk}"


def make_tenant() -> Tenant:
    shop = make_shop()
    assert shop.user
    product = make_product(shop, name=f"of {shop.pk}", sku="SAME")
    return Tenant(shop, sessions.begin(shop.user).access, product.pk)


TWIN = json.dumps({"name": "twin", "sku": "SAME", "unit_price": "1.00"})


def misbehaviour(tenant: Tenant, other: Tenant, port: int, requests: int) -> Counter[str]:
    """Ask as both shops in turn on one connection; return what should never be, and how often it was.

    Among the requests are some without a login, some that end in an error of the database and some for the
    other's row, each of which could leave something behind for the next.
    """
    found: Counter[str] = Counter()
    chance = random.Random(port + requests)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for _ in range(requests):
        mine, theirs = chance.sample([tenant, other], 2)
        method, path, body, headers, expected = chance.choice(
            [
                ("GET", "/api/products/", None, mine.headers, 200),
                ("GET", f"/api/products/{mine.product}/", None, mine.headers, 200),
                ("GET", f"/api/products/{theirs.product}/", None, mine.headers, 404),
                ("POST", "/api/products/", TWIN, mine.headers, 409),
                ("GET", "/api/products/", None, {}, 401),
            ]
        )
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read().decode()
        except (http.client.HTTPException, OSError):
            found["no answer"] += 1
            connection.close()
            continue
        found[f"{answer.status} for {expected}"] += answer.status != expected
        found["foreign row"] += theirs.name in content
        found["no own row"] += expected == 200 == answer.status and mine.name not in content
    connection.close()
    return +found


def stress(one: Tenant, other: Tenant, port: int, *, clients: int, requests: int) -> Counter[str]:
    """Let `clients` ask at the same time, `requests` each."""
    with ThreadPoolExecutor(clients) as pool:
        outcomes = [
            pool.submit(misbehaviour, one, other, port, requests + client) for client in range(clients)
        ]
        return sum((outcome.result() for outcome in outcomes), Counter())
