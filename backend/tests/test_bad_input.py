"""What no client should send, sent to every route: refused with the envelope, and nothing is written.

The routes and what they take come from the URL conf and the OpenAPI document, so a new one is in here too.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import jwt
import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.auth import sessions
from apps.auth.models import Business, User
from apps.core.api.views import TenantViewMixin
from tests.support.bodies import bad_values, good_body
from tests.support.routes import Operation, operations
from tests.support.rows import make_row
from tests.support.snapshots import everything

pytestmark = pytest.mark.django_db

OPERATIONS = [operation for operation in operations() if operation.described]
WITH_BODY = [operation for operation in OPERATIONS if operation.body]
WITH_QUERY = [operation for operation in OPERATIONS if operation.parameters("query")]
BY_ID = [operation for operation in OPERATIONS if operation.ids]
PRIVATE = [operation for operation in OPERATIONS if operation.is_private]

DEEP = 100_000
MEGABYTES = 10 * 1024 * 1024
HOSTILE = "<script>alert(1)</script>'; DROP TABLE accounts_user; --"

# name: body, content type, the answer.
BODIES: dict[str, tuple[bytes, str, int]] = {
    "a list": (b"[]", "application/json", 400),
    "a string": (b'"x"', "application/json", 400),
    "a number": (b"17", "application/json", 400),
    "true": (b"true", "application/json", 400),
    "null": (b"null", "application/json", 400),
    "half a document": (b'{"name": ', "application/json", 400),
    "NaN": (b'{"nosuch": NaN}', "application/json", 400),
    "Infinity": (b'{"nosuch": -Infinity}', "application/json", 400),
    "a number of 5000 digits": (b'{"nosuch": ' + b"9" * 5000 + b"}", "application/json", 400),
    "broken UTF-8": (b'{"nosuch": "\xff\xfe\xc3"}', "application/json", 400),
    "UTF-16": ('{"nosuch": "ক"}'.encode("utf-16"), "application/json; charset=utf-16", 400),
    "a charset that is none": (b'{"nosuch": 1}', "application/json; charset=zlib", 400),
    "half a character": (b'{"nosuch": "\\ud83d"}', "application/json", 400),
    "a name with half a character": (b'{"\\ud83d": 1}', "application/json", 400),
    "an unknown field": (b'{"nosuch": 1}', "application/json", 400),
    "many unknown fields": (
        json.dumps({f"f{n}": n for n in range(20_000)}).encode(),
        "application/json",
        400,
    ),
    "a name of 1 MB": (json.dumps({"x" * 1_000_000: 1}).encode(), "application/json", 400),
    "deep lists": (b"[" * DEEP + b"]" * DEEP, "application/json", 400),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "application/json", 400),
    "10 MB": (b'{"nosuch": "' + b"x" * MEGABYTES + b'"}', "application/json", 413),
    "10 MB of nothing": (b" " * MEGABYTES, "application/json", 413),
    "10 MB of text": (b"x" * MEGABYTES, "text/plain", 415),
    "a form": (b"nosuch=1", "application/x-www-form-urlencoded", 415),
    "a form of parts": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
    "XML": (b"<nosuch/>", "application/xml", 415),
    "no type": (b'{"nosuch": 1}', "", 415),
}
QUERIES = [
    "\0",
    "a\0b",
    "",
    "x" * 5000,
    "-1",
    "0",
    "1.5",
    "NaN",
    "Infinity",
    "1e999999999",
    str(2**63),
    "9" * 400,
    "9" * 5000,
    "2026-02-30",
    "0000-00-00",
    "99999-12-31",
    HOSTILE,
    "%' OR 1=1 --",
    "ক",
    "[]",
]
IDS = [
    "0",
    str(2**63 - 1),
    str(2**63),
    "9" * 18,
    "9" * 40,
    "-1",
    "1.5",
    "NaN",
    "x",
    "\0",
    "১",
    "1;--",
    "x" * 5000,
]


@pytest.fixture
def caller(shop: Business) -> APIClient:
    """The owner of `shop` with a real access token; a surprise is a 500 here, as it is for clients."""
    client = APIClient(raise_request_exception=False)
    assert shop.user
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {sessions.begin(shop.user).access}")
    return client


@pytest.fixture(autouse=True)
def nothing_is_written(shop: Business, caller: APIClient) -> Iterator[None]:
    before = everything()
    yield
    assert everything() == before


def send(caller: APIClient, operation: Operation, address: str, **request: Any) -> Any:
    """Send the request and undo what it did; a refusal has to have the envelope."""
    with transaction.atomic():
        answer: Any = caller.generic(operation.method.upper(), address, **request)
        transaction.set_rollback(True)
    told = f"{operation}: {answer.status_code} {answer.content[:300]!r}"
    assert answer.status_code < 500, told
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/json", told
        assert set(answer.json()) == {"code", "message", "fields", "request_id"}, told
        assert all(isinstance(each, list) for each in answer.json()["fields"].values()), told
        assert len(answer.content) < 10_000, told
    return answer


def send_json(caller: APIClient, operation: Operation, address: str, body: Any) -> Any:
    return send(caller, operation, address, data=json.dumps(body), content_type="application/json")


def address_of(operation: Operation, shop: Business) -> str:
    """Return where the operation finds something of the shop's."""
    return (
        operation.at(make_row(operation.model, shop).pk)
        if operation.model and operation.ids
        else operation.path
    )


@pytest.fixture
def undone() -> Iterator[None]:
    """Rows that the test itself makes are gone before what is there is compared."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_a_body_that_is_none_is_refused(operation: Operation, caller: APIClient, shop: Business) -> None:
    address = address_of(operation, shop)
    before = everything()
    for name, (data, content_type, status) in BODIES.items():
        answer = send(caller, operation, address, data=data, content_type=content_type)
        assert answer.status_code == status, name
    assert everything() == before


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_every_field_refuses_what_it_is_not_for(
    operation: Operation, caller: APIClient, shop: Business
) -> None:
    address, good = address_of(operation, shop), good_body(operation, shop)
    before = everything()
    for name, schema in (operation.body or {})["properties"].items():
        for bad in bad_values(name, schema):
            answer = send_json(caller, operation, address, {**good, name: bad})
            told = f"{name}={str(bad)[:50]!r}: {answer.status_code} {answer.content[:300]!r}"
            assert answer.status_code == 400, told
            assert [field.partition(".")[0] for field in answer.json()["fields"]] == [name], told
    assert everything() == before


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_sql_and_html_are_text_like_any_other(
    operation: Operation, caller: APIClient, shop: Business
) -> None:
    address, good = address_of(operation, shop), good_body(operation, shop)
    for name, schema in (operation.body or {})["properties"].items():
        if schema.get("type") == "string":
            answer = send_json(caller, operation, address, {**good, name: HOSTILE})
            assert answer.status_code in (204, 400, 401) or answer.json().get(name, HOSTILE) == HOSTILE
    assert User.objects.exists()


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize("operation", WITH_QUERY, ids=str)
def test_no_parameter_of_a_query_breaks_anything(
    operation: Operation, caller: APIClient, shop: Business
) -> None:
    address = address_of(operation, shop)
    for name, schema in operation.parameters("query").items():
        for value in QUERIES:
            answer = send(caller, operation, f"{address}?{name}={quote(value)}")
            if {schema.get("type"), schema.get("format")} & {
                "integer",
                "boolean",
                "date",
            } and value == HOSTILE:
                assert answer.status_code == 400, name
        assert (
            send(caller, operation, f"{address}?{name}=1&{name}=%FF%FE&{name}[]=2&%00={name}").status_code
            == 400
        )


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if issubclass(each.view, TenantViewMixin)], ids=str
)
@pytest.mark.usefixtures("undone")
def test_an_unknown_parameter_is_refused(operation: Operation, caller: APIClient, shop: Business) -> None:
    address = address_of(operation, shop)
    answer = send(caller, operation, f"{address}?nosuch=1", data="{}", content_type="application/json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["nosuch"])


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize("operation", BY_ID, ids=str)
def test_what_is_no_id_finds_nothing(operation: Operation, caller: APIClient, shop: Business) -> None:
    good = good_body(operation, shop)
    for pk in IDS:
        answer = send_json(caller, operation, operation.at(quote(pk, safe="")), good)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), pk


@pytest.mark.parametrize("operation", PRIVATE, ids=str)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_only_a_whole_living_token_of_ours_is_taken(
    operation: Operation, caller: APIClient, shop: Business
) -> None:
    assert shop.user
    with transaction.atomic():
        tokens = sessions.begin(shop.user)
        transaction.set_rollback(True)
    for name, token in bad_tokens(tokens).items():
        caller.credentials(HTTP_AUTHORIZATION=token)
        answer = send(caller, operation, operation.at(1), data="{}", content_type="application/json")
        assert answer.status_code == 401, name
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"', name


def bad_tokens(tokens: sessions.Tokens) -> dict[str, str]:
    """Return Authorization headers that open nothing."""
    key = settings.SECRET_KEY
    claims = jwt.decode(tokens.access, key, algorithms=["HS256"])
    head, body, signature = tokens.access.split(".")
    deep = jwt.utils.base64url_encode(b"[" * 5000).decode()
    forged = {
        "expired": jwt.encode({**claims, "exp": timezone.now() - timedelta(seconds=1)}, key, "HS256"),
        "other key": jwt.encode(claims, "another-key-" + "0" * 32, "HS256"),
        "alg none": jwt.encode(claims, None, "none"),
        "alg none, signed": f"{jwt.encode(claims, None, 'none')}{signature}",
        "other algorithm": jwt.encode(claims, key, "HS512"),
        "without an end": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, key, "HS256"),
        "nobody's": jwt.encode({**claims, "user_id": "999999999"}, key, "HS256"),
        "another user's, unsigned": f"{head}.{jwt.utils.base64url_encode(b'{}').decode()}.{signature}",
        "from before a new password": jwt.encode({**claims, "hash_password": "0"}, key, "HS256"),
        "a refresh token": tokens.refresh,
        "cut": tokens.access[:-3],
        "a deep header": f"{deep}.{body}.{signature}",
        "no token": "x",
        "Bengali": "ক.খ.গ".encode().decode("latin-1"),
        "binary": "\xff\xfe",
        "long": "x" * 8000,
    }
    return {name: f"Bearer {token}" for name, token in forged.items()} | {
        "two tokens": f"Bearer {tokens.access} {tokens.access}",
        "nothing": "Bearer",
        "another scheme": "Basic cmFoaW06cmFoaW0=",
        "no scheme": tokens.access,
    }
