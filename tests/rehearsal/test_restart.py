"""A platform that ends, and another that goes on in its folder."""

from __future__ import annotations

from pathlib import Path

from smctl.rehearsal.api import Api
from smctl.rehearsal.pace import Pace
from smctl.rehearsal.platform import Platform
from tests.rehearsal.memory_runner import (
    KEY,
    REPOSITORY,
    SOON,
    A,
    B,
    MemoryRunner,
    id_of,
    released,
    until,
)


def _again(folder: Path, runner: MemoryRunner) -> tuple[Platform, Api]:
    platform = Platform(folder / "platform", runner, pace=Pace(0.001), key=KEY)
    api = Api(platform)
    api.start()
    return platform, api


def test_services_deploys_and_variables_are_still_known(
    tmp_path: Path, platform: Platform, runner: MemoryRunner
) -> None:
    api = Api(platform)
    api.start()
    old, live = released(platform, "web", A), released(platform, "web", B)
    api.stop()
    after, api = _again(tmp_path, runner)
    service = id_of(after, "web")
    assert after.service(service).env == {"SECRET": "s3cret"}
    assert [each.status for each in after.state.deploys_of(service)] == ["live", "deactivated"]
    assert after.wait(after.roll_back(service, old.id).id, SOON).status == "live"
    assert after.state.deploys[live.id].status == "deactivated"
    api.stop()


def test_a_service_that_is_there_stays_as_the_api_has_made_it(platform: Platform) -> None:
    known = id_of(platform, "web")
    again = platform.add_service("web", "web", REPOSITORY, {"SECRET": "another"})
    assert again == known
    assert platform.service(known).env == {"SECRET": "s3cret"}


def test_a_deploy_in_the_middle_has_failed_what_it_had_started_is_stopped_and_what_waited_is_carried_out(
    tmp_path: Path, platform: Platform, runner: MemoryRunner
) -> None:
    platform.begin()
    runner.sick.add(A)
    service = id_of(platform, "web")
    first, second = platform.start_deploy(service, A), platform.start_deploy(service, B)
    until(lambda: first.id in runner.running)
    platform.end()
    after, api = _again(tmp_path, runner)
    assert after.wait(second.id, SOON).status == "live"
    assert after.state.deploys[first.id].status == "update_failed"
    assert after.state.wait_for(lambda: after.state.deploys[first.id].stopped, SOON)
    assert [each.image for each in runner.running.values()] == [B]
    api.stop()


def test_what_was_live_and_no_longer_runs_is_started_again(
    tmp_path: Path, platform: Platform, runner: MemoryRunner
) -> None:
    platform.begin()
    live = released(platform, "web", A)
    platform.end()
    runner.running.clear()
    after, api = _again(tmp_path, runner)
    assert after.state.wait_for(lambda: live.id in runner.running, SOON)
    api.stop()


def test_the_file_with_the_variables_is_for_its_owner_alone(tmp_path: Path, platform: Platform) -> None:
    path = tmp_path / "platform" / "platform.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_platform_and_its_records_show_no_key_and_no_variable(platform: Platform) -> None:
    shown = repr((platform, platform.state.services, platform.state.deploys))
    assert KEY not in shown
    assert "s3cret" not in shown
