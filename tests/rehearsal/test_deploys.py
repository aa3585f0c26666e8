"""What a platform does with a deploy: each step, and the failure of each step."""

from __future__ import annotations

import pytest

from smctl.rehearsal.api import Api
from smctl.rehearsal.platform import Platform
from smctl.release.remotes.render import Render
from tests.rehearsal.memory_runner import SOON, A, B, MemoryRunner, id_of, released


def test_a_release_is_pulled_prepared_started_and_gets_the_traffic_when_it_is_healthy(
    platform: Platform, api: Api, runner: MemoryRunner
) -> None:
    deploy = released(platform, "web", A)
    assert deploy.status == "live"
    assert deploy.digest == "sha256:" + "a" * 64
    assert runner.done == [f"pull {A}", "once migrate", f"start {A}", f"switch {A}"]


def test_the_old_release_is_stopped_after_its_drain_and_is_deactivated(
    platform: Platform, api: Api, runner: MemoryRunner
) -> None:
    old = released(platform, "web", A)
    released(platform, "web", B)
    assert old.status == "deactivated"
    assert platform.state.wait_for(lambda: old.stopped, SOON)
    assert runner.done.index(f"switch {B}") < runner.done.index(f"stop {A}")
    assert [each.image for each in runner.running.values()] == [B]


def test_a_worker_has_no_traffic_to_switch_and_is_live_when_it_has_run_for_a_while(
    platform: Platform, api: Api, runner: MemoryRunner
) -> None:
    assert released(platform, "worker", A).status == "live"
    assert runner.done == [f"pull {A}", f"start {A}"]


def test_a_release_sees_its_variables_and_what_render_adds(
    platform: Platform, api: Api, runner: MemoryRunner
) -> None:
    env = runner.seen_env[released(platform, "web", A).id]
    assert env["SECRET"] == "s3cret"
    assert env["PORT"] == "10000"
    assert env["RENDER_SERVICE_NAME"] == "web"


def _break_pull(runner: MemoryRunner) -> None:
    runner.missing.add(B)


def _break_migrate(runner: MemoryRunner) -> None:
    runner.codes["migrate"] = 3


def _time_out_migrate(runner: MemoryRunner) -> None:
    runner.codes["migrate"] = 124


def _break_health(runner: MemoryRunner) -> None:
    runner.sick.add(B)


def _break_start(runner: MemoryRunner) -> None:
    runner.short[B] = 1


def _end_early(runner: MemoryRunner) -> None:
    runner.short[B] = 0


@pytest.mark.parametrize(
    ("breaks", "status", "why"),
    [
        (_break_pull, "update_failed", f"The image {B} could not be pulled: manifest for {B} not found."),
        (_break_migrate, "pre_deploy_failed", "The pre-deploy command ended with exit status 3."),
        (
            _time_out_migrate,
            "pre_deploy_failed",
            "The pre-deploy command was not done after 1800 s (pre-deploy).",
        ),
        (
            _break_health,
            "update_failed",
            "The new release did not become healthy: GET /health was not healthy within 15 minutes.",
        ),
        (_break_start, "update_failed", "The new release ended with exit status 1."),
        (_end_early, "update_failed", "The new release ended by itself, without an error."),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_failure_at_any_step_leaves_the_old_release_live_and_events_say_why(
    platform: Platform, render: Render, runner: MemoryRunner, breaks: object, status: str, why: str
) -> None:
    old = released(platform, "web", A)
    assert callable(breaks)
    breaks(runner)
    failed = released(platform, "web", B)
    assert failed.status == status
    assert old.status == "live"
    assert runner.traffic == {"web": A}
    assert [each.image for each in runner.running.values()] == [A]
    service = id_of(platform, "web")
    assert render.failure(service, render.deploy(service, failed.id)) == why


def test_a_release_that_ends_while_it_is_live_is_started_again(
    platform: Platform, render: Render, runner: MemoryRunner
) -> None:
    deploy = released(platform, "web", A)
    runner.running.clear()
    assert platform.state.wait_for(
        lambda: _types(platform)[-2:] == ["server_failed", "server_available"], SOON
    )
    assert runner.starts[deploy.id] == 2


def _types(platform: Platform) -> list[str]:
    return [event.type for event in platform.state.events]


def test_the_image_that_is_stored_is_what_runs_when_none_is_named(platform: Platform, render: Render) -> None:
    service = render.service(id_of(platform, "web"))
    assert service.image == "ghcr.io/owner/shop:latest"
    render.set_image(service, B)
    deploy = platform.start_deploy(service.id)
    assert platform.wait(deploy.id, SOON).image == B


def test_an_image_that_a_deploy_names_is_not_stored(platform: Platform, render: Render) -> None:
    released(platform, "web", A)
    assert render.service(id_of(platform, "web")).image == "ghcr.io/owner/shop:latest"
