"""The API's entry, its documentation, and the one shape of its errors."""

import logging

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from apps.core.log_format import LineFormatter
from smartmarket import urls
from tests.support.processes import manage

ENVELOPE = {"code", "message", "fields", "request_id"}


class Failing(APIView):
    permission_classes = [AllowAny]

    def get(self, request: Request, name: str) -> Response:
        raise ERRORS[name][0]


class Private(APIView):
    permission_classes = [IsAuthenticated]


class OneADay(SimpleRateThrottle):
    rate = "1/day"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return "tests:one-a-day"


class Throttled(APIView):
    permission_classes = [AllowAny]
    throttle_classes = [OneADay]

    def get(self, request: Request) -> Response:
        return Response({})


def failing_page(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


ERRORS = {
    "django-validation": (ValidationError({"name": ["Too long."]}), 400, "invalid"),
    "plain-validation": (ValidationError("Sold out."), 400, "invalid"),
    "list-validation": (serializers.ValidationError(["Sold out."]), 400, "invalid"),
    "not-found": (Http404("No such shop."), 404, "not_found"),
    "denied": (PermissionDenied(), 403, "permission_denied"),
    "unauthenticated": (exceptions.NotAuthenticated(), 401, "not_authenticated"),
    "unavailable": (exceptions.APIException("Later."), 500, "error"),
    "surprise": (RuntimeError("secret detail"), 500, "server_error"),
}

urlpatterns = [
    path("api/errors/<str:name>/", Failing.as_view()),
    path("api/private/", Private.as_view()),
    path("api/throttled/", Throttled.as_view()),
    path("page/", failing_page),
    *urls.urlpatterns,
]
with_error_routes = override_settings(ROOT_URLCONF=__name__)


def test_the_api_root_says_where_everything_is(api: APIClient) -> None:
    root = api.get("/api/").json()
    assert root["release"] == "0123abc"
    assert set(root) == {"name", "release", "docs", "redoc", "schema", "admin", "health"}


def test_every_link_of_the_api_root_leads_somewhere(api: APIClient) -> None:
    root = api.get("/api/").json()
    for name in ("docs", "redoc", "schema", "admin"):
        assert api.get(root[name], follow=True).status_code == 200, name


def test_the_site_root_leads_to_the_api(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/api/"


def test_the_documentation_loads_nothing_from_elsewhere(api: APIClient) -> None:
    for page in ("/api/docs/", "/api/redoc/"):
        html = api.get(page).content.decode()
        assert "/static/drf_spectacular_sidecar/" in html
        assert "cdn." not in html


def test_the_schema_is_valid_and_without_warnings(env: dict[str, str]) -> None:
    outcome = manage("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null", env=env)
    assert outcome.returncode == 0, outcome.stderr


@with_error_routes
@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("name", ERRORS)
def test_every_error_of_a_view_has_the_one_shape(name: str, debug: bool) -> None:
    client = APIClient(raise_request_exception=False)
    with override_settings(DEBUG=debug):
        response = client.get(f"/api/errors/{name}/")
    _, status, code = ERRORS[name]
    assert response.status_code == status
    assert set(response.json()) == ENVELOPE
    assert response.json()["code"] == code
    assert response.json()["request_id"] == response.headers["X-Request-ID"]
    assert "secret" not in response.content.decode()


@with_error_routes
def test_field_errors_are_named(api: APIClient) -> None:
    assert api.get("/api/errors/django-validation/").json()["fields"] == {"name": ["Too long."]}
    assert api.get("/api/errors/plain-validation/").json()["fields"] == {"non_field_errors": ["Sold out."]}
    assert api.get("/api/errors/list-validation/").json()["fields"] == {"non_field_errors": ["Sold out."]}


@with_error_routes
def test_a_view_is_private_unless_it_says_otherwise(api: APIClient) -> None:
    assert api.get("/api/private/").status_code == 401
    api.force_authenticate(get_user_model()(email="someone@example.com"))
    assert api.get("/api/private/").json()["code"] == "method_not_allowed"


@with_error_routes
def test_a_throttled_caller_is_told_when_to_come_back(api: APIClient) -> None:
    api.get("/api/throttled/")
    response = api.get("/api/throttled/")
    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_address_below_api_is_a_json_404(api: APIClient, debug: bool) -> None:
    with override_settings(DEBUG=debug):
        response = api.get("/api/nope/")
    assert response.status_code == 404
    assert set(response.json()) == ENVELOPE
    assert int(response.headers["Content-Length"]) == len(response.content)


def test_an_unknown_address_elsewhere_is_a_page(client: Client) -> None:
    assert client.get("/nope/").headers["Content-Type"].startswith("text/html")


@with_error_routes
def test_a_failure_elsewhere_is_a_page() -> None:
    response = Client(raise_request_exception=False).get("/page/")
    assert response.status_code == 500


def test_a_missing_slash_leads_to_the_address_with_one(client: Client) -> None:
    assert client.get("/api/docs").headers["Location"] == "/api/docs/"


def test_a_foreign_host_is_refused_in_json_below_api(client: Client) -> None:
    response = client.get("/api/docs", headers={"host": "evil.example.com"})
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


def test_a_safe_request_id_of_the_caller_is_kept(client: Client) -> None:
    response = client.get("/api/", headers={"x-request-id": "trace-0123456789"})
    assert response.headers["X-Request-ID"] == "trace-0123456789"


@pytest.mark.parametrize("sent", ["", "short", "a" * 65, "line\nbreak-0123", "quote\"'<>-0123"])
def test_an_unsafe_request_id_is_replaced(client: Client, sent: str) -> None:
    kept = client.get("/api/", headers={"x-request-id": sent}).headers["X-Request-ID"]
    assert kept != sent
    assert len(kept) == 32


def test_log_lines_of_a_request_carry_its_id(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.setFormatter(LineFormatter())
    with caplog.at_level(logging.WARNING, logger="django.request"):
        client.get("/api/nope/", headers={"x-request-id": "trace-0123456789"})
    assert "django.request [trace-0123456789] Not Found: /api/nope/" in caplog.text


def test_the_frontend_may_call_from_its_own_origin_only(client: Client) -> None:
    allowed = client.get("/api/", headers={"origin": "https://shop.example.com"})
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://shop.example.com"
    assert "X-Request-ID" in allowed.headers["Access-Control-Expose-Headers"]
    refused = client.get("/api/", headers={"origin": "https://evil.example.com"})
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_every_response_names_the_release(client: Client) -> None:
    for address in ("/api/", "/api/nope/", "/nope/", "/health/live"):
        assert client.get(address).headers["X-Release"] == "0123abc"
