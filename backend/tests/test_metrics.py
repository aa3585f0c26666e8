"""/metrics in one process: who may read it, in which form, and what becomes a label."""

from collections.abc import Iterator

import pytest
from django.test import Client, override_settings
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.support.prometheus import AUTHORIZATION, TOKEN, Scrape

REQUESTS = "smartmarket_http_requests_total"
SECONDS = "smartmarket_http_request_duration_seconds"


@pytest.fixture
def measured() -> Iterator[Client]:
    with override_settings(METRICS_TOKEN=TOKEN):
        yield Client(raise_request_exception=False)


def scrape(client: Client) -> Scrape:
    return Scrape.of(client.get("/metrics", headers=AUTHORIZATION).content.decode())


def test_without_a_token_there_is_no_such_page(client: Client) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer ä"],
)
def test_who_does_not_have_the_token_is_told_what_is_asked_for(
    measured: Client, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    response = measured.get("/metrics", headers=headers)
    assert (response.status_code, response.content) == (401, b"")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("authorization", [f"Bearer {TOKEN}", f"bearer {TOKEN}"])
def test_who_has_the_token_reads(measured: Client, authorization: str) -> None:
    response = measured.get("/metrics", headers={"authorization": authorization})
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.headers["Cache-Control"] == "no-store"
    assert int(response.headers["Content-Length"]) == len(response.content)


def test_nothing_but_reading_is_allowed(measured: Client) -> None:
    response = measured.post("/metrics", headers=AUTHORIZATION)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")


def test_a_scraper_that_comes_by_address_over_plain_http_is_answered(measured: Client) -> None:
    with override_settings(DEBUG=False, SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["api.example.com"]):
        assert measured.get("/metrics", headers={**AUTHORIZATION, "host": "10.0.0.3:8000"}).status_code == 200


def test_the_format_that_is_asked_for_is_given(measured: Client) -> None:
    headers = {**AUTHORIZATION, "accept": "application/openmetrics-text; version=1.0.0"}
    response = measured.get("/metrics", headers=headers)
    assert response.headers["Content-Type"].startswith("application/openmetrics-text")
    assert list(text_string_to_metric_families(response.content.decode()))


def test_a_request_counts_by_method_route_and_status(measured: Client) -> None:
    before = scrape(measured)
    measured.get("/api/")
    measured.post("/api/")
    after = scrape(measured)

    def counted(**labels: str) -> float:
        return after.value(REQUESTS, **labels) - before.value(REQUESTS, **labels)

    assert counted(method="GET", route="/api/", status="200") == 1
    assert counted(method="POST", route="/api/", status="405") == 1
    assert counted() == 2


def test_the_time_until_a_response_counts_in_one_bucket(measured: Client) -> None:
    before = scrape(measured)
    measured.get("/api/")
    after = scrape(measured)
    labels = {"method": "GET", "route": "/api/", "status_class": "2xx"}
    for name in (f"{SECONDS}_count", f"{SECONDS}_bucket"):
        bucket = {"le": "+Inf"} if name.endswith("bucket") else {}
        assert after.value(name, **labels, **bucket) - before.value(name, **labels, **bucket) == 1
    assert 0 < after.value(f"{SECONDS}_sum", **labels) - before.value(f"{SECONDS}_sum", **labels) < 5


def test_what_a_caller_makes_up_is_never_a_label(measured: Client) -> None:
    for number in range(20):
        measured.get(f"/api/made-up/{number}/")
        measured.get(f"/static/made-up-{number}.js")
        measured.get(f"/admin/made-up/{number}/")
        measured.get(f"/api/docs?number={number}")
        measured.generic(f"METHOD{number}", "/api/")
    found = scrape(measured)
    assert found.labels(REQUESTS, "route") <= {
        "/api/", "/api/docs/", "/static/", "/admin/(?P<url>.*)$", "/", "unknown"
    }  # fmt: skip
    assert found.labels(REQUESTS, "method") <= {"GET", "HEAD", "POST", "OPTIONS", "other"}
    assert found.value(REQUESTS, route="unknown", status="404") >= 20
    assert found.value(REQUESTS, method="other") >= 20


@pytest.mark.django_db
def test_probes_and_scrapes_are_not_counted(measured: Client) -> None:
    before = scrape(measured).value(REQUESTS)
    for path in ("/health", "/health/live", "/metrics"):
        measured.get(path)
    assert scrape(measured).value(REQUESTS) == before


def test_the_release_is_named(measured: Client) -> None:
    assert scrape(measured).value("smartmarket_release_info", sha="0123abc") == 1
