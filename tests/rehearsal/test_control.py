"""Faults, policies and what was asked, over HTTP as `smctl rehearse fault` does it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from smctl.rehearsal.api import RENDER, Api
from smctl.rehearsal.platform import Platform
from tests.rehearsal.memory_runner import KEY, SOON, A, id_of, until


@pytest.fixture
def control(api: Api) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=api.url, headers=headers, trust_env=False) as client:
        yield client


def test_a_rule_holds_from_its_nth_match_for_as_often_as_it_says(control: httpx.Client) -> None:
    rule = {"method": "GET", "path": "/services$", "nth": 2, "times": 2, "status": 503}
    assert control.post("/_faults", json=[rule]).status_code == 200
    seen = [control.get(f"{RENDER}/services").status_code for _ in range(5)]
    assert seen == [200, 503, 503, 200, 200]
    assert control.get("/_faults").json()[0]["seen"] == 5


def test_a_rule_with_times_0_holds_until_it_is_taken_back(control: httpx.Client) -> None:
    control.post("/_faults", json=[{"path": "/services", "times": 0, "status": 500}])
    assert [control.get(f"{RENDER}/services").status_code for _ in range(3)] == [500] * 3
    assert control.delete("/_faults").status_code == 204
    assert control.get(f"{RENDER}/services").status_code == 200


def test_the_first_rule_that_hits_decides_and_the_others_are_not_used_up(control: httpx.Client) -> None:
    control.post(
        "/_faults", json=[{"path": "/services", "status": 500}, {"path": "/services", "status": 503}]
    )
    assert [control.get(f"{RENDER}/services").status_code for _ in range(3)] == [500, 503, 200]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ([{"colour": "red"}], "unexpected keyword argument 'colour'"),
        ([{"path": "("}], "no regular expression"),
        ([{"service": "web"}], "belong together"),
        ({"path": "/"}, "not a list of faults"),
        (None, "not a list of faults"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_with_the_reason(
    control: httpx.Client, rules: Any, why: str
) -> None:
    answer = control.post("/_faults", json=rules)
    assert answer.status_code == 400
    assert why in answer.json()["message"]
    assert control.get("/_faults").json() == []


def test_policies_are_set_and_unknown_ones_refused(platform: Platform, control: httpx.Client) -> None:
    wanted = {"policy": "override", "retained": 2, "rollback_stops_auto_deploy": False}
    assert control.post("/_policy", json=wanted).status_code == 204
    assert (platform.policy, platform.retained, platform.rollback_stops_auto_deploy) == ("override", 2, False)
    assert control.post("/_policy", json={"key": "other"}).status_code == 400
    assert platform.key == KEY


def test_what_was_asked_is_told(control: httpx.Client) -> None:
    control.get(f"{RENDER}/services")
    assert control.get("/_calls").json() == [
        {"method": "GET", "path": f"{RENDER}/services", "status": 200},
    ]


def test_the_control_interface_needs_the_key_and_is_not_hit_by_faults(
    api: Api, control: httpx.Client
) -> None:
    assert httpx.get(f"{api.url}/_faults", trust_env=False).status_code == 401
    control.post("/_faults", json=[{"times": 0, "status": 500}])
    assert control.get("/_faults").status_code == 200


def test_a_deploy_can_be_slow_to_appear_in_the_list(platform: Platform, control: httpx.Client) -> None:
    service = id_of(platform, "web")
    control.post("/_faults", json=[{"service": "web", "deploy": "late", "seconds": 0.3}])
    started = control.post(f"{RENDER}/services/{service}/deploys", json={"imageUrl": A}).json()
    assert control.get(f"{RENDER}/services/{service}/deploys").json() == []
    assert platform.wait(started["id"], SOON).status == "live"
    until(lambda: control.get(f"{RENDER}/services/{service}/deploys").json() != [])
