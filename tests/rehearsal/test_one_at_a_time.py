"""Two deploys of one service: which waits, which gives way, which can be called off."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from smctl.errors import RemoteFailed
from smctl.rehearsal.platform import Platform
from smctl.release.remotes.render import Render
from tests.rehearsal.memory_runner import SOON, A, B, C, MemoryRunner, id_of, released


@pytest.fixture
def held(runner: MemoryRunner) -> Iterator[threading.Event]:
    """Pre-deploy commands take until this is set."""
    runner.hold = threading.Event()
    yield runner.hold
    runner.hold.set()


def test_a_second_deploy_waits_and_its_answer_is_empty(
    platform: Platform, render: Render, runner: MemoryRunner, held: threading.Event
) -> None:
    service = id_of(platform, "web")
    first = render.start_deploy(service, A)
    assert first is not None
    assert first.status == "pre_deploy_in_progress"
    assert render.start_deploy(service, B) is None
    assert [each.status for each in render.deploys(service)] == ["queued", "pre_deploy_in_progress"]
    held.set()
    newest = render.deploys(service)[0]
    assert platform.wait(newest.id, SOON).status == "live"
    assert runner.traffic == {"web": B}


def test_of_those_that_wait_only_the_newest_is_carried_out(
    platform: Platform, render: Render, runner: MemoryRunner, held: threading.Event
) -> None:
    service = id_of(platform, "web")
    for image in (A, B, C):
        render.start_deploy(service, image)
    held.set()
    platform.wait(render.deploys(service)[0].id, SOON)
    assert {each.image: each.status for each in render.deploys(service)} == {
        C: "live",
        B: "canceled",
        A: "deactivated",
    }
    assert f"pull {B}" not in runner.done


def test_under_the_older_policy_the_second_deploy_takes_the_place_of_the_first(
    platform: Platform, render: Render, runner: MemoryRunner, held: threading.Event
) -> None:
    platform.policy = "override"
    service = id_of(platform, "web")
    first, second = render.start_deploy(service, A), render.start_deploy(service, B)
    assert first is not None and second is not None
    assert render.deploy(service, first.id).status == "canceled"
    held.set()
    assert platform.wait(second.id, SOON).status == "live"
    assert f"start {A}" not in runner.done


def test_services_do_not_wait_for_each_other(
    platform: Platform, render: Render, held: threading.Event
) -> None:
    render.start_deploy(id_of(platform, "web"), A)
    assert released(platform, "worker", A).status == "live"


def test_a_deploy_that_goes_on_can_be_canceled_and_the_old_release_stays(
    platform: Platform, render: Render, runner: MemoryRunner
) -> None:
    old = released(platform, "web", A)
    runner.sick.add(B)
    service = id_of(platform, "web")
    started = render.start_deploy(service, B)
    assert started is not None
    platform.state.wait_for(lambda: B in [each.image for each in runner.running.values()], 0.2)
    assert render.cancel(service, started.id).status == "canceled"
    platform.wait(started.id, SOON)
    assert old.status == "live"
    assert [each.image for each in runner.running.values()] == [A]
    assert render.failure(service, render.deploy(service, started.id)) == "The deploy was canceled."


def test_a_deploy_that_has_ended_cannot_be_canceled(platform: Platform, render: Render) -> None:
    deploy = released(platform, "web", A)
    with pytest.raises(RemoteFailed) as caught:
        render.cancel(id_of(platform, "web"), deploy.id)
    assert caught.value.code == "render_refused"
    assert "it is live" in caught.value.why
