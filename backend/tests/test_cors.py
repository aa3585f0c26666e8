"""Which origins may call the API from a browser, asked of a real server as a browser asks."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from smartmarket.settings.cors import origin_patterns, origins
from tests.support.web import Answer, Web, serving
from tests.test_settings import PRODUCTION, read

SHOP = "https://shop.example.com"
PREVIEWS = r"https://smartmarket-[a-z0-9-]+-acme\.vercel\.app"
PREVIEW = "https://smartmarket-git-main-acme.vercel.app"
STRANGERS = [
    "https://evil.example.com",
    "http://shop.example.com",
    "https://shop.example.com.evil.example.com",
    "https://shop.example.com:8443",
    "https://smartmarket-x-evil.vercel.app",
    "https://smartmarket-x-acme.vercel.app.evil.example.com",
    "https://smartmarket-x-acmeXvercelXapp",
    "http://smartmarket-x-acme.vercel.app",
    "https://evil.vercel.app",
    "null",
]


@dataclass(frozen=True)
class Browser:
    web: Web

    def get(self, path: str, origin: str) -> Answer:
        return self.web.ask(path, Origin=origin, Host="api.example.com", X_Forwarded_Proto="https")

    def preflight(self, path: str, origin: str) -> Answer:
        return self.web.ask(
            path,
            method="OPTIONS",
            Origin=origin,
            Host="api.example.com",
            X_Forwarded_Proto="https",
            Access_Control_Request_Method="POST",
            Access_Control_Request_Headers="authorization,content-type,idempotency-key,x-request-id",
        )


@pytest.fixture(scope="module")
def browser(env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    own = {
        **env,
        "DJANGO_DEBUG": "false",
        "DJANGO_SECRET_KEY": PRODUCTION["DJANGO_SECRET_KEY"],
        "DJANGO_ALLOWED_HOSTS": "api.example.com",
        "CORS_ALLOWED_ORIGINS": SHOP,
        "CORS_ALLOWED_ORIGIN_REGEXES": PREVIEWS,
    }
    with serving(own, tmp_path_factory.mktemp("cors") / "web.log") as web:
        yield Browser(web)


@pytest.mark.parametrize("origin", [SHOP, PREVIEW])
@pytest.mark.parametrize(("path", "status"), [("/api/", 200), ("/api/nope/", 404)])
def test_our_own_origins_may_read_answers_and_errors(
    browser: Browser, origin: str, path: str, status: int
) -> None:
    answer = browser.get(path, origin)
    assert answer.status == status
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "origin" in answer.headers["Vary"].lower()
    assert {"X-Request-ID", "Retry-After"} <= set(answer.headers["access-control-expose-headers"].split(", "))


@pytest.mark.parametrize("origin", [SHOP, PREVIEW])
def test_our_own_origins_may_send_what_the_frontend_sends(browser: Browser, origin: str) -> None:
    answer = browser.preflight("/api/", origin)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == origin
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type", "idempotency-key", "x-request-id"} <= set(allowed)
    assert "POST" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_stranger_is_told_nothing(browser: Browser, origin: str) -> None:
    for answer in (browser.get("/api/", origin), browser.preflight("/api/", origin)):
        assert not [name for name in answer.headers if name.lower() == "access-control-allow-origin"]


@pytest.mark.parametrize("path", ["/admin/login/", "/", "/nope/"])
def test_what_is_not_the_api_is_for_no_other_origin(browser: Browser, path: str) -> None:
    answer = browser.get(path, SHOP)
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_there_is_no_origin_that_stands_for_all() -> None:
    assert not getattr(settings, "CORS_ALLOW_ALL_ORIGINS", False)
    assert not getattr(settings, "CORS_ORIGIN_ALLOW_ALL", False)


@pytest.mark.parametrize(
    "value", ["*", "null", "shop.example.com", "https://*.example.com", "https://shop.example.com/"]
)
def test_what_is_no_origin_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="CORS_ALLOWED_ORIGINS"):
        origins([SHOP, value])


@pytest.mark.parametrize("value", [SHOP, "http://localhost:5173", "http://[::1]:5173"])
def test_an_origin_is_taken_as_it_is(value: str) -> None:
    assert origins([value]) == [value]


@pytest.mark.parametrize(
    "pattern",
    [
        PREVIEWS,
        rf"^{PREVIEWS}$",
        r"https://pr-\d+\.preview\.example\.com",
        r"https://[a-z0-9-]+\.example\.com",
        r"https://[^.]+-acme-shops\.vercel\.app",
    ],
)
def test_a_pattern_that_ends_in_ones_own_name_is_taken(pattern: str) -> None:
    (taken,) = origin_patterns(pattern)
    assert taken.startswith("^") and taken.endswith(r"\Z")


@pytest.mark.parametrize(
    "pattern",
    [
        ".*",
        "https://.*",
        r"https?://.*",
        r"https://.*\.vercel\.app",
        r"https://smartmarket-.*\.vercel\.app",
        r"https://.*vercel\.app",
        "https://.*-acme.vercel.app",
        r"http://.*-acme\.vercel\.app",
        r"https://.*-acme\.vercel\.app.*",
        r"https://.*|https://x-acme\.vercel\.app",
        r"https://.*(-acme\.vercel\.app)?",
        r"https://.*example\.com",
        r"https://.*\.com",
        r"https://([a-z]+-acme\.vercel\.app",
        r".*\.example\.com",
    ],
)
def test_a_pattern_that_lets_strangers_in_is_refused(pattern: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="lets strangers in"):
        origin_patterns(pattern)


def test_several_patterns_are_separated_by_spaces() -> None:
    assert len(origin_patterns(rf" {PREVIEWS}  https://[a-z]{{1,3}}\.shops\.example\.com ")) == 2
    assert origin_patterns("") == []


def test_the_settings_refuse_a_pattern_and_say_how_one_looks() -> None:
    outcome = read("settings.DEBUG", {**PRODUCTION, "CORS_ALLOWED_ORIGIN_REGEXES": "https://.*"})
    assert outcome.returncode != 0
    assert r"https://shop-[a-z0-9-]+-TEAM\.vercel\.app" in outcome.stderr
