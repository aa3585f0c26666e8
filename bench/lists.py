"""Every list of the API and the dashboard, for one large shop among ten thousand others."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import quantiles
from typing import Any

from bench.parts import Parts
from bench.rows import Row
from bench.samples import interleaved, timed
from bench.seed import DEADLINE, USERS
from bench.server import superuser
from bench.stacks import Stacks
from tests.e2e.live import LiveStack

# What the shop has that is asked about; the others have what a seed gives them.
LARGE = ("--users=1", "--products=1000", "--customers=2500", "--transactions=60000")
LOGIN = "demo@example.com"
DASHBOARD = "/api/dashboard/"
REQUESTS = 100  # a round, one after the other
BUDGET, DEEP_BUDGET = 0.050, 1.3  # seconds for a first page; how many times that for a deep one
DEEP, USUAL_SIZE, LARGEST_SIZE = 1_000, 50, 200  # pages; rows on a page


@dataclass(frozen=True)
class Listing:
    """A list as it is now. deep: the path of its thousandth page, where there are as many of `size` rows."""

    path: str
    rows: int
    size: int
    deep: str


class Client:
    """Logged in as the owner of the large shop."""

    def __init__(self, stack: LiveStack, password: str) -> None:
        self._stack, self._password = stack, password
        self.log_in()

    def log_in(self) -> None:
        """Again and again: a token lives for minutes."""
        self._token = ""
        self._token = self.ask("/api/auth/login/", {"email": LOGIN, "password": self._password})["access"]

    def ask(self, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._stack.ports['web']}{path}",
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"},
        )
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return json.load(answer)

    def p95(self, path: str) -> float:
        """Seconds from a request to the end of its answer, over one connection; the first is not counted."""
        with closing(HTTPConnection("127.0.0.1", self._stack.ports["web"], timeout=DEADLINE)) as connection:
            self._fetch(connection, path)
            took = [timed(lambda: self._fetch(connection, path)) for _ in range(REQUESTS)]
        return quantiles(took, n=20)[18]

    def _fetch(self, connection: HTTPConnection, path: str) -> None:
        connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{path} answers {answer.status}: {body[:200]!r}"


def run(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.seeded
    login = stack.up()["login"]
    stack.down()
    with Parts(stack) as parts:
        parts.start("db")
        parts.start("redis")
        _fill(stack, parts)
        parts.start("web")
        client = Client(stack, login["password"])
        lists = [_listing(client, path) for path in _paths(parts)]
        with _one_core(parts):
            for listing in lists:
                client.log_in()
                yield from _list_rows(client, listing, rounds)
            client.log_in()
            (dashboard,) = interleaved(rounds, lambda: client.p95(DASHBOARD))
            yield Row(f"{DASHBOARD}, p95", dashboard, budget=BUDGET)


def _fill(stack: LiveStack, parts: Parts) -> None:
    """Adds only what another measure has not left here."""
    parts.python("manage.py", "seed_demo", f"--users={USERS}", seconds=DEADLINE)
    parts.python("manage.py", "seed_demo", *LARGE, seconds=DEADLINE)
    with superuser(stack) as server:
        shop = server.ask(f"SELECT business_id FROM accounts_user WHERE email = '{LOGIN}'")
        server.do("VACUUM (ANALYZE)")
        parts.python("manage.py", "refresh_insights", f"--business={shop}", "--now", seconds=DEADLINE)
        server.do("VACUUM (ANALYZE)")


def _paths(parts: Parts) -> list[str]:
    """Of every operation that gives a page, by the schema that the API has of itself."""
    schema = json.loads(parts.python("manage.py", "spectacular", "--format=openapi-json"))
    return [path for path, operations in schema["paths"].items() if _is_list(operations.get("get", {}))]


def _is_list(operation: dict[str, Any]) -> bool:
    return any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))


def _listing(client: Client, path: str) -> Listing:
    """Walks the list once, in the largest pages: where a page starts does not depend on how large it is."""
    starts, rows = list[tuple[int, str]](), 0
    page = client.ask(f"{path}?page_size={LARGEST_SIZE}")
    while page["next"]:
        rows += len(page["results"])
        starts.append((rows, page["next"]))
        page = client.ask(_local(page["next"]))
    rows += len(page["results"])
    size = min(USUAL_SIZE, rows // DEEP)
    before = (DEEP - 1) * size
    address = next((start for passed, start in starts if passed >= before), "") if size else ""
    deep = _local(address).replace(f"page_size={LARGEST_SIZE}", f"page_size={size}")
    return Listing(path, rows, size, deep)


def _local(address: str) -> str:
    return "/" + address.split("/", 3)[3] if address else ""


def _list_rows(client: Client, listing: Listing, rounds: int) -> Iterator[Row]:
    path, note = listing.path, f"{listing.rows} rows"
    if not listing.deep:
        (first,) = interleaved(rounds, lambda: client.p95(path))
        yield Row(f"{path}, p95", first, budget=BUDGET, note=note)
        return
    of_size = f"{path}?page_size={listing.size}"
    first, same_size, deep = interleaved(
        rounds,
        lambda: client.p95(path),
        lambda: client.p95(of_size),
        lambda: client.p95(listing.deep),
    )
    yield Row(f"{path}, p95", first, budget=BUDGET, note=note)
    note = f"pages of {listing.size} rows"
    yield Row(f"{path}, page {DEEP}, p95", deep, "page 1", same_size, ratio_budget=DEEP_BUDGET, note=note)


@contextmanager
def _one_core(parts: Parts) -> Iterator[None]:
    """gunicorn has a core to itself, where the system can do that; whoever asks has the others."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    first, *others = sorted(os.sched_getaffinity(0))
    for process in parts.family("web"):
        process.cpu_affinity([first])
    os.sched_setaffinity(0, others or [first])
    try:
        yield
    finally:
        os.sched_setaffinity(0, [first, *others])
