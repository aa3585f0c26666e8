"""No request sees another business's rows or leaves its own scope behind, on a real server and under ASGI."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from pytest_django import Settings

from apps.auth.models import Business, User
from apps.core import actor
from apps.core.actor import Actor
from apps.core.tenancy import scope
from apps.core.tenancy.middleware import TenantScopeMiddleware
from apps.core.tenancy.row_security import switch
from smartmarket.asgi import application
from tests.support.factories import make_product
from tests.support.tenants import Tenant, make_tenant, stress
from tests.support.web import serving

CLIENTS, REQUESTS = 4, 25


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row_security", [True, False])
def test_two_tenants_on_the_same_threads_never_meet(
    row_security: bool, settings: Settings, env: dict[str, str], log_file: Path
) -> None:
    settings.TENANT_RLS = row_security
    switch(on=row_security)
    tenants = (make_tenant(), make_tenant())
    with serving({**env, "TENANT_RLS": str(row_security), "WEB_THREADS": "2"}, log_file) as web:
        assert stress(*tenants, web.port, clients=CLIENTS, requests=REQUESTS) == {}


@pytest.mark.django_db(transaction=True)
def test_two_tenants_never_meet_while_connections_are_lost(env: dict[str, str], log_file: Path) -> None:
    tenants = (make_tenant(), make_tenant())
    done = threading.Event()
    with serving({**env, "WEB_THREADS": "2"}, log_file) as web:
        connection.ensure_connection()
        own = connection.connection.info.backend_pid
        breaker = threading.Thread(target=break_connections, args=(done, own))
        breaker.start()
        found = stress(*tenants, web.port, clients=CLIENTS, requests=REQUESTS)
        done.set()
        breaker.join()
    assert found["foreign row"] == found["no own row"] == found["no answer"] == 0
    # A request that lost its connection half-way is an error of the server, and nothing else.
    assert all(told.startswith("500 for ") for told in found)


def break_connections(done: threading.Event, own: int) -> None:
    """End every session of this database but this thread's and `own`, again and again."""
    with connection.cursor() as cursor:
        while not done.wait(0.3):
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid NOT IN (%s, pg_backend_pid())",
                [own],
            )
    connection.close()


async def asked(tenant: Tenant) -> list[str]:
    """Return the names of the products that an ASGI server shows the tenant."""
    headers = [(name.lower().encode(), value.encode()) for name, value in tenant.headers.items()]
    headers.append((b"host", b"localhost"))
    request = {
        "type": "http",
        "method": "GET",
        "path": "/api/products/",
        "query_string": b"",
        "headers": headers,
    }
    server = ApplicationCommunicator(application, request)
    await server.send_input({"type": "http.request", "body": b""})
    start = await server.receive_output(timeout=10)
    assert start["status"] == 200
    body = b""
    while True:
        part = await server.receive_output(timeout=10)
        body += part.get("body", b"")
        if not part.get("more_body"):
            break
    await server.wait()
    return [product["name"] for product in json.loads(body)["results"]]


async def asked_together(tenants: list[Tenant]) -> list[list[str]]:
    answers = await asyncio.gather(*(asked(tenant) for tenant in tenants))
    assert scope.current() is None
    return list(answers)


@pytest.mark.django_db(transaction=True)
def test_requests_under_asgi_never_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each request has a thread of its own there, and so a connection, which nobody would use again.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    tenants = [make_tenant(), make_tenant()] * 5
    assert async_to_sync(asked_together)(tenants) == [[tenant.name] for tenant in tenants]
    assert scope.current() is None


def request_in(entered: scope.Scope, *, failing: bool = False) -> HttpResponseBase:
    """Serve one request that enters a scope and acts as somebody, and may end in an error."""

    def view(request: HttpRequest) -> Any:
        assert (scope.current(), actor.current()) == (None, actor.SYSTEM)
        scope.enter(entered)
        actor.enter(Actor(user_id=7))
        if failing:
            raise ZeroDivisionError

    response: HttpResponseBase = TenantScopeMiddleware(view)(RequestFactory().get("/"))
    return response


@pytest.mark.parametrize("entered", [7, scope.EVERY])
def test_a_request_leaves_no_scope_and_no_actor_to_the_next_on_its_thread(entered: scope.Scope) -> None:
    for failing in (False, True, False):
        try:
            request_in(entered, failing=failing)
        except ZeroDivisionError:
            assert failing
        assert (scope.current(), actor.current()) == (None, actor.SYSTEM)


@pytest.mark.django_db
def test_the_admin_leaves_no_scope_behind_even_when_it_fails(
    client: Client, shop: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(User.objects.create_superuser("admin@example.com"))
    make_product(shop, name="চাল")
    assert "চাল" in client.get("/admin/transactions/product/").content.decode()
    assert scope.current() is None
    monkeypatch.setattr("apps.transactions.admin.ProductAdmin.get_queryset", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        client.get("/admin/transactions/product/")
    assert scope.current() is None
