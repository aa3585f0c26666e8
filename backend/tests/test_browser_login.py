"""Logging in with a real browser: in Swagger UI, and from pages of other origins, ours and not ours."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from apps.auth import sessions
from tests.support.browser import Browser, browsing, program
from tests.support.logins import PASSWORD, make_login
from tests.support.web import Web, serving

CHROMIUM = program()

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.django_db(transaction=True),
]


class EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Shop</title>")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing to tell."""


def _page() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def frontend() -> Iterator[str]:
    """The origin of the frontend."""
    yield from _page()


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    """The origin of somebody else's page; its requests carry our cookie, for it is on the same host."""
    yield from _page()


@pytest.fixture(scope="module")
def web(env: dict[str, str], frontend: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    log = tmp_path_factory.mktemp("browser") / "web.log"
    with serving({**env, "CORS_ALLOWED_ORIGINS": frontend}, log) as web:
        yield web


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert CHROMIUM is not None
    with browsing(CHROMIUM, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def post(browser: Browser, web: Web, path: str, body: Any = None, **options: Any) -> tuple[Any, Any]:
    """Send it from the page that is open, with cookies; return status and body, as far as CORS shows them."""
    sent: dict[str, Any] = {"method": "POST", "credentials": "include", **options}
    if body is not None:
        sent |= {"body": json.dumps(body), "headers": {"Content-Type": "application/json"}}
    address = f"http://127.0.0.1:{web.port}/api/auth/{path}/"
    browser.run(
        f"void (window.answer = null, fetch({json.dumps(address)}, {json.dumps(sent)})"
        ".then(async answer => { window.answer = [answer.status, await answer.text()] },"
        "      () => { window.answer = ['refused', ''] }))"
    )
    browser.wait("window.answer")
    status, text = browser.run("window.answer")
    return status, json.loads(text) if text else ""


def test_swagger_ui_is_authorized_with_an_access_token(browser: Browser, web: Web) -> None:
    user = make_login("swagger@example.com")
    path = "document.querySelector('.opblock-summary-path[data-path=\"/api/auth/me/\"]')"
    browser.visit(f"http://127.0.0.1:{web.port}/api/docs/", until=path)
    browser.run("document.querySelector('.auth-wrapper .authorize').click()")
    browser.wait("document.querySelector('.auth-container input')")
    browser.fill(".auth-container input", sessions.begin(user).access)
    browser.run("document.querySelector('.auth-container .authorize').click()")
    browser.wait("document.querySelector('.auth-container .btn-done')")
    browser.run("document.querySelector('.auth-container .btn-done').click()")
    browser.run(f"void (window.operation = {path}.closest('.opblock'))")
    browser.run("operation.querySelector('.opblock-summary-control').click()")
    for button in (".try-out__btn", ".execute"):
        browser.wait(f"operation.querySelector('{button}')")
        browser.run(f"operation.querySelector('{button}').click()")
    answer = "operation.querySelector('.live-responses-table tbody')"
    browser.wait(answer)
    assert "swagger@example.com" in browser.run(f"{answer}.innerText")


def test_the_frontend_logs_in_stays_logged_in_and_logs_out(browser: Browser, web: Web, frontend: str) -> None:
    user = make_login()
    browser.visit(frontend, until="document.title == 'Shop'")
    status, body = post(browser, web, "login", {"email": user.email, "password": PASSWORD})
    assert (status, set(body)) == (200, {"access"})
    assert "refresh_token" not in browser.run("document.cookie")
    assert [post(browser, web, "refresh")[0] for _ in range(2)] == [200, 200]
    assert post(browser, web, "logout")[0] == 204
    status, body = post(browser, web, "refresh")
    assert (status, body["code"]) == (401, "token_not_valid")


def test_the_page_of_a_stranger_can_neither_log_out_nor_in(
    browser: Browser, web: Web, frontend: str, stranger: str
) -> None:
    user = make_login()
    credentials = {"email": user.email, "password": PASSWORD}
    browser.visit(frontend, until="document.title == 'Shop'")
    assert post(browser, web, "login", credentials)[0] == 200
    browser.visit(stranger, until=f"document.title == 'Shop' && location.origin == '{stranger}'")
    assert post(browser, web, "login", credentials)[0] == "refused"
    assert post(browser, web, "logout")[0] == "refused"
    # Sent all the same, without asking for the answer, as a form would be.
    assert post(browser, web, "logout", mode="no-cors")[0] == 0
    assert post(browser, web, "refresh", mode="no-cors")[0] == 0
    browser.visit(frontend, until=f"document.title == 'Shop' && location.origin == '{frontend}'")
    assert post(browser, web, "refresh")[0] == 200
