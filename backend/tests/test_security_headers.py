"""What a browser is allowed to do with each kind of response."""

import re

import pytest
from django.test import Client, override_settings
from django.urls import path

from apps.auth.models import User
from apps.core.security_headers import NOTHING
from smartmarket import urls
from tests.test_api import failing_page

urlpatterns = [path("page/", failing_page), path("api/page/", failing_page), *urls.urlpatterns]

INLINE = re.compile(r"<(script|style)\b(?![^>]*\bsrc=)([^>]*)>")
LOADED = re.compile(r"<(?:script|link|img)\b[^>]*\b(?:src|href)=\"([^\"]+)\"")
DOCS = ["/api/docs/", "/api/redoc/"]


def policy(client: Client, address: str) -> dict[str, str]:
    header = client.get(address).headers["Content-Security-Policy"]
    return dict(directive.strip().partition(" ")[::2] for directive in header.split(";"))


@pytest.mark.parametrize("address", ["/api/", "/api/schema/", "/api/nope/", "/api/docs"])
def test_an_answer_of_the_api_loads_nothing_and_is_kept_by_nobody(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response.headers["Cache-Control"] == "no-store"


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("debug", [True, False])
def test_a_failure_of_the_api_has_the_same_headers(debug: bool) -> None:
    with override_settings(DEBUG=debug):
        response = Client(raise_request_exception=False).get("/api/page/")
    assert (response.status_code, response.headers["Content-Security-Policy"]) == (500, NOTHING)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("address", ["/api/", "/api/docs/", "/api/nope/", "/nope/", "/", "/admin/login/"])
def test_every_response_says_what_it_needs_of_the_browser(client: Client, db: None, address: str) -> None:
    headers = client.get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def test_a_page_of_the_admin_loads_from_here_and_runs_nothing_inline(client: Client, db: None) -> None:
    client.force_login(User.objects.create_superuser("admin@example.com"))
    for address in ("/admin/", "/admin/accounts/user/", "/admin/accounts/business/add/"):
        allowed = policy(client, address)
        assert (allowed["default-src"], allowed["script-src"], allowed["style-src"]) == (
            "'none'",
            "'self'",
            "'self'",
        )
        assert allowed["form-action"] == "'self'"
        assert allowed["frame-ancestors"] == "'none'"
        assert INLINE.findall(client.get(address).content.decode()) == []


@pytest.mark.parametrize("address", DOCS)
def test_what_is_inline_in_the_documentation_has_the_nonce_of_its_policy(
    client: Client, address: str
) -> None:
    response = client.get(address)
    nonces = set(re.findall(r"'nonce-([^']+)'", response.headers["Content-Security-Policy"]))
    (nonce,) = nonces
    inline = INLINE.findall(response.content.decode())
    assert len(inline) >= 2
    assert all(f'nonce="{nonce}"' in attributes for _, attributes in inline)


@pytest.mark.parametrize("address", DOCS)
def test_the_documentation_loads_from_here_only(client: Client, address: str) -> None:
    loaded = LOADED.findall(client.get(address).content.decode())
    assert loaded
    assert all(each.startswith(("/static/", "data:")) for each in loaded)
    allowed = policy(client, address)
    assert "unsafe" not in str(allowed)
    assert allowed["default-src"] == allowed["form-action"] == "'none'"


@pytest.mark.parametrize("address", DOCS)
def test_a_nonce_is_used_once(client: Client, address: str) -> None:
    assert policy(client, address)["script-src"] != policy(client, address)["script-src"]


@override_settings(ROOT_URLCONF=__name__)
def test_a_developer_sees_django_s_page_about_an_error_as_it_is_meant() -> None:
    client = Client(raise_request_exception=False)
    with override_settings(DEBUG=True):
        assert "Content-Security-Policy" not in client.get("/page/").headers
        assert "Content-Security-Policy" not in client.get("/nope/").headers
    with override_settings(DEBUG=False):
        assert client.get("/page/").headers["Content-Security-Policy"] == NOTHING
        assert client.get("/nope/").headers["Content-Security-Policy"] == NOTHING
