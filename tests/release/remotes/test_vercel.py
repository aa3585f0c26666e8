"""Our Vercel client against a rehearsal's frontend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smctl.rehearsal.api import Api
from smctl.rehearsal.exchange import Answer, Asked
from smctl.rehearsal.faults import Rule
from smctl.rehearsal.platform import Platform
from smctl.release.remotes.failure import RequestFailed
from smctl.release.remotes.vercel import Vercel

A, B, C = ("a" * 40, "b" * 40, "c" * 40)


@pytest.fixture
def vercel(api: Api) -> Iterator[Vercel]:
    client = Vercel.from_environment(api.environment, "shop", patience=2)
    yield client
    client.close()


def test_a_push_is_live_at_once_and_found_by_its_commit(platform: Platform, vercel: Vercel) -> None:
    assert vercel.current() is None
    built = platform.vercel.deployed(A)
    (found,) = vercel.deployments(A)
    assert (found.id, found.sha, found.ready, found.promoted) == (built, A, True, True)
    assert vercel.current() == found
    assert vercel.deployments(B) == []


def test_a_rollback_shows_the_older_build_and_keeps_the_next_one_back_until_a_promotion(
    platform: Platform, vercel: Vercel
) -> None:
    old = platform.vercel.deployed(A)
    platform.vercel.deployed(B)
    vercel.roll_back(old)
    last = vercel.project().last_alias_request
    assert last is not None
    assert (last.type, last.deployment_id, last.status, last.ended) == ("rollback", old, "succeeded", True)
    held = platform.vercel.deployed(C)
    current = vercel.current()
    assert current is not None and current.id == old
    assert not vercel.deployments(C)[0].promoted
    vercel.promote(held)
    current = vercel.current()
    assert current is not None and current.sha == C


def test_a_build_that_failed_cannot_be_promoted(platform: Platform, vercel: Vercel) -> None:
    broken = platform.vercel.deployed(A, ready=False)
    with pytest.raises(RequestFailed) as caught:
        vercel.promote(broken)
    assert (caught.value.code, caught.value.status) == ("vercel_conflict", 409)
    assert "not ready" in caught.value.why


def test_a_promotion_is_never_asked_for_twice(platform: Platform, api: Api, vercel: Vercel) -> None:
    built = platform.vercel.deployed(A)
    platform.faults.add(Rule(method="POST", cut="before"))
    with pytest.raises(RequestFailed) as caught:
        vercel.promote(built)
    assert caught.value.unsure
    assert api.calls.count("POST", "promote") == 1


@pytest.mark.parametrize(("team", "name"), [("team_123", "teamId"), ("acme", "slug")])
def test_a_team_is_named_in_every_request(
    api: Api, platform: Platform, monkeypatch: pytest.MonkeyPatch, team: str, name: str
) -> None:
    seen: list[dict[str, list[str]]] = []
    answer = api.answer

    def recorded(asked: Asked, authorization: str) -> tuple[Answer, Rule | None]:
        seen.append(asked.query)
        return answer(asked, authorization)

    monkeypatch.setattr(api, "answer", recorded)
    client = Vercel.from_environment(api.environment, "shop", team)
    client.deployments(A)
    client.project()
    assert [query.get(name) for query in seen] == [[team], [team]]
