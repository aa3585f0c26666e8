"""What recorded answers of Render's look like, which its document does not say."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from smctl.rehearsal.api import RENDER, Api
from smctl.rehearsal.platform import Platform
from smctl.release.remotes.failure import RequestFailed
from smctl.release.remotes.render import Render
from tests.rehearsal.memory_runner import KEY, id_of


@pytest.fixture
def http(api: Api) -> Iterator[httpx.Client]:
    """A client without any help."""
    with httpx.Client(
        base_url=api.url + RENDER, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False
    ) as client:
        yield client


def test_a_missing_and_a_wrong_key_have_the_same_answer_whatever_is_asked(api: Api) -> None:
    answers = [
        httpx.get(f"{api.url}{RENDER}{path}", headers=headers, trust_env=False)
        for path in ("/services", "/colours")
        for headers in ({}, {"Authorization": "Bearer rnd_wrong"})
    ]
    assert {(each.status_code, each.content) for each in answers} == {(401, b'{"message":"Unauthorized"}')}


def test_an_unknown_id_is_json_and_an_unknown_path_is_text(http: httpx.Client) -> None:
    unknown = http.get("/services/srv-aaaaaaaaaaaaaaaaaaaa")
    assert unknown.status_code == 404
    assert unknown.content == b'{"message":"not found: srv-aaaaaaaaaaaaaaaaaaaa"}\n'
    nowhere = http.get("/colours")
    assert (nowhere.status_code, nowhere.text) == (404, "404 page not found\n")
    assert nowhere.headers["Content-Type"].startswith("text/plain")


def test_every_answer_says_what_is_left_of_its_limit_and_has_an_id(
    platform: Platform, http: httpx.Client
) -> None:
    first, second = http.get("/services"), http.get("/services")
    assert first.headers["Content-Type"] == "application/json; charset=utf-8"
    assert first.headers["Ratelimit-Limit"] == "400"
    assert int(second.headers["Ratelimit-Remaining"]) <= 399
    assert int(second.headers["Ratelimit-Reset"]) <= 60
    assert first.headers["Render-Request-Id"] != second.headers["Render-Request-Id"]
    change = http.patch(f"/services/{id_of(platform, 'web')}", json={})
    assert change.headers["Ratelimit-Limit"] == "10"
    for name in ("Date", "Referrer-Policy", "Vary", "X-Content-Type-Options", "X-Frame-Options"):
        assert name in first.headers


def test_a_list_goes_on_after_the_cursor_of_its_last_item_until_a_page_is_short(
    platform: Platform, http: httpx.Client, render: Render
) -> None:
    service = id_of(platform, "web")
    for number in range(45):
        platform.service(service).env[f"NAME_{number}"] = str(number)
    pages, cursor = [], ""
    while True:
        page = http.get(f"/services/{service}/env-vars", params={"cursor": cursor} if cursor else {}).json()
        pages.append(len(page))
        if len(page) < 20:
            break
        cursor = page[-1]["cursor"]
    assert pages == [20, 20, 6]
    assert len(render.variables(service)) == 46


def test_a_client_reads_every_page(platform: Platform, api: Api, render: Render) -> None:
    service = id_of(platform, "web")
    platform.service(service).env = {f"NAME_{number}": "x" for number in range(250)}
    assert len(render.variables(service)) == 250
    assert api.calls.count("GET", "env-vars") == 3


def test_an_answer_that_something_is_unknown_is_an_error_of_its_own(render: Render) -> None:
    with pytest.raises(RequestFailed) as caught:
        render.service("srv-aaaaaaaaaaaaaaaaaaaa")
    assert (caught.value.code, caught.value.status) == ("render_not_found", 404)
    assert "not found: srv-aaaaaaaaaaaaaaaaaaaa" in caught.value.why
