"""Every route, walked by somebody of one shop who knows the ids of another's rows.

The routes are found, not listed: whoever adds one is told here what the walk needs to know about it.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import CharField, TextField
from rest_framework.serializers import ManyRelatedField, PrimaryKeyRelatedField
from rest_framework.test import APIClient

from apps.auth.models import Business
from apps.core.api.serializers import StrictMixin
from apps.core.tenancy import scope
from apps.core.tenancy.models import TenantModel
from tests.support.bodies import good_body, referred
from tests.support.routes import Operation, operations, unwalkable
from tests.support.rows import TENANT_MODELS, make_row
from tests.support.snapshots import everything

pytestmark = pytest.mark.django_db

PRIVATE = [operation for operation in operations() if operation.is_private and operation.described]
BY_ID = [operation for operation in PRIVATE if operation.ids]
LISTS = [operation for operation in PRIVATE if operation.method == "get" and not operation.ids]
BODIES = [
    (operation, field)
    for operation in PRIVATE
    for field in (operation.body or {}).get("properties", {})
    if referred(field)
]
FILTERS = [
    (operation, name) for operation in LISTS for name in operation.parameters("query") if referred(name)
]

# Pages about the document rather than in it.
UNDOCUMENTED = {"/api/docs/", "/api/redoc/", "/api/schema/"}

# What is open to everybody, each for a reason.
PUBLIC = {
    "GET /api/",
    "POST /api/auth/login/",
    "POST /api/auth/logout/",
    "POST /api/auth/refresh/",
    "POST /api/auth/signup/",
}

Rows = dict[type[TenantModel], Any]


@pytest.fixture
def ours(shop: Business) -> Rows:
    return {model: make_row(model, shop) for model in TENANT_MODELS}


@pytest.fixture
def theirs(other_shop: Business) -> Rows:
    return {model: make_row(model, other_shop) for model in TENANT_MODELS}


def send(api: APIClient, operation: Operation, address: str, body: dict[str, Any] | None = None) -> Any:
    call: Callable[..., Any] = getattr(api, operation.method)
    return call(address, body) if operation.body else call(address)


def test_every_route_is_a_view_of_the_api() -> None:
    assert unwalkable() == [], "The walk does not know what these do."


def test_every_route_is_in_the_document() -> None:
    missing = {operation.path for operation in operations() if not operation.described}
    assert missing == UNDOCUMENTED


def test_nothing_is_open_to_everybody_by_mistake() -> None:
    described = {str(operation) for operation in operations() if operation.described}
    assert described - {str(operation) for operation in PRIVATE} == PUBLIC


@pytest.mark.parametrize("operation", [each for each in operations() if each.ids], ids=str)
def test_every_id_in_a_route_is_that_of_a_row_that_the_walk_can_make(operation: Operation) -> None:
    assert operation in BY_ID, "A route with an id is private and in the document."
    assert len(operation.ids) == 1, "Teach the walk to make rows for the other ids."
    assert operation.model in TENANT_MODELS, f"Say `model` in {operation.view.__name__}."


def test_every_reference_in_a_body_is_named_after_its_model() -> None:
    """Or the walk would not know that it is one."""
    for serializer in _subclasses(StrictMixin):
        for name, field in _references(serializer):
            assert referred(name) is field.queryset.model, f"{serializer.__name__}.{name}"


@pytest.mark.parametrize("operation", PRIVATE, ids=str)
def test_without_a_token_every_route_is_closed(operation: Operation, api: APIClient, shop: Business) -> None:
    before = everything()
    answer = send(api, operation, operation.at(1), {})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert everything() == before


@pytest.mark.parametrize("operation", BY_ID, ids=str)
def test_another_shops_row_is_not_found(
    operation: Operation, shop_api: APIClient, shop: Business, theirs: Rows
) -> None:
    assert operation.model
    body = good_body(operation, shop)
    before = everything()
    answer = send(shop_api, operation, operation.at(theirs[operation.model].pk), body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert everything() == before


@pytest.mark.parametrize("operation", BY_ID, ids=str)
def test_ones_own_row_is_found(operation: Operation, shop_api: APIClient, shop: Business, ours: Rows) -> None:
    """Or the test above would show nothing."""
    assert operation.model
    body = good_body(operation, shop)
    answer = send(shop_api, operation, operation.at(ours[operation.model].pk), body)
    assert answer.status_code in (200, 202, 204, 409), answer.content


@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_what_is_listed_is_ones_own(
    operation: Operation, shop_api: APIClient, ours: Rows, theirs: Rows
) -> None:
    answer = shop_api.get(operation.path)
    assert answer.status_code == 200, answer.content
    told = answer.content.decode()
    assert [text for text in _texts(theirs) - _texts(ours) if text in told] == []
    if operation.model:
        with scope.working_for(ours[operation.model].business_id):
            own = set(operation.model.objects.values_list("pk", flat=True))
        assert {row["id"] for row in answer.json()["results"]} == own


@pytest.mark.parametrize(("operation", "name"), FILTERS, ids=str)
def test_filtering_by_another_shops_row_finds_nothing(
    operation: Operation, name: str, shop_api: APIClient, ours: Rows, theirs: Rows
) -> None:
    answer = shop_api.get(operation.path, {name: theirs[referred(name)].pk})
    assert answer.status_code == 400 or answer.json()["results"] == []


@pytest.mark.parametrize(("operation", "field"), BODIES, ids=str)
def test_a_body_that_names_another_shops_row_is_refused(
    operation: Operation, field: str, shop_api: APIClient, shop: Business, ours: Rows, theirs: Rows
) -> None:
    body = {**good_body(operation, shop), field: theirs[referred(field)].pk}
    address = operation.at(ours[operation.model].pk) if operation.model and operation.ids else operation.path
    before = everything()
    answer = send(shop_api, operation, address, body)
    assert (answer.status_code, list(answer.json()["fields"])) in ((400, [field]), (404, []))
    assert everything() == before


@pytest.mark.parametrize("operation", [each for each in PRIVATE if each.model and not each.ids], ids=str)
def test_a_body_that_names_ones_own_rows_is_fine(
    operation: Operation, shop_api: APIClient, shop: Business
) -> None:
    """Or the test above would show nothing."""
    answer = send(shop_api, operation, operation.path, good_body(operation, shop))
    assert answer.status_code in (200, 201, 202), answer.content


def _subclasses(of: type[Any]) -> list[type[Any]]:
    return [found for each in of.__subclasses__() for found in (each, *_subclasses(each))]


def _references(serializer: type[Any]) -> list[tuple[str, Any]]:
    if getattr(serializer, "Meta", None) is None and not getattr(serializer, "_declared_fields", None):
        return []
    with scope.every_business():
        fields = {
            name: getattr(field, "child_relation", field) for name, field in serializer().fields.items()
        }
    return [
        (name, field)
        for name, field in fields.items()
        if isinstance(field, PrimaryKeyRelatedField | ManyRelatedField) and not field.read_only
    ]


def _texts(rows: Rows) -> set[str]:
    """Return every text in these rows that is long enough to be told from others."""
    return {
        text
        for row in rows.values()
        for field in row._meta.concrete_fields
        if isinstance(field, CharField | TextField)
        and len(text := str(getattr(row, field.attname) or "")) >= 5
    }
