"""The pages in a real browser: they work under their Content-Security-Policy, and nothing is refused."""

from collections.abc import Iterator

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from apps.auth.models import User
from tests.support.browser import Browser, browsing, program
from tests.support.web import Web, serving

CHROMIUM = program()

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert CHROMIUM is not None
    with browsing(CHROMIUM, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def web(env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with serving(env, tmp_path_factory.mktemp("browser") / "web.log") as web:
        yield web


def at(web: Web, path: str) -> str:
    return f"http://127.0.0.1:{web.port}{path}"


def test_swagger_ui_shows_the_api_and_sends_a_request(browser: Browser, web: Web) -> None:
    path = "document.querySelector('.opblock-summary-path[data-path=\"/api/\"]')"
    browser.visit(at(web, "/api/docs/"), until=path)
    browser.run(f"void (window.operation = {path}.closest('.opblock'))")
    browser.run("operation.querySelector('.opblock-summary-control').click()")
    for button in (".try-out__btn", ".execute"):
        browser.wait(f"operation.querySelector('{button}')")
        browser.run(f"operation.querySelector('{button}').click()")
    status = "operation.querySelector('.live-responses-table tbody .response-col_status')"
    browser.wait(status)
    assert "200" in browser.run(f"{status}.innerText")
    assert browser.complaints == []


def test_redoc_shows_the_api_and_finds_in_it(browser: Browser, web: Web) -> None:
    browser.visit(at(web, "/api/redoc/"), until="document.querySelector('[role=search] input')")
    assert browser.run("document.querySelector('h1').innerText").startswith("SmartMarket API")
    assert browser.run("getComputedStyle(document.querySelector('.menu-content')).position") != "static"
    browser.fill("[role=search] input", "root")
    browser.wait("document.querySelector('[data-role=\"search:results\"] [role=menuitem]')")
    assert browser.complaints == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", ["", "accounts/user/", "accounts/user/add/", "accounts/business/add/"])
def test_the_admin_works_without_anything_inline(browser: Browser, web: Web, page: str) -> None:
    browser.set_cookie(at(web, "/"), "sessionid", session_of_an_administrator())
    browser.visit(at(web, f"/admin/{page}"), until="document.querySelector('#user-tools')")
    browser.wait("document.readyState == 'complete'")
    assert [text for text in browser.complaints if "/favicon.ico" not in text] == []


def session_of_an_administrator() -> str:
    administrator = User.objects.create_superuser("admin@example.com")
    session = SessionStore()
    session[SESSION_KEY] = str(administrator.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = administrator.get_session_auth_hash()
    session.save()
    assert session.session_key is not None
    return session.session_key
