"""Deploys that go wrong on demand."""

from __future__ import annotations

import pytest

from smctl.rehearsal.faults import Rule
from smctl.rehearsal.platform import Platform
from smctl.release.remotes.render import Render
from tests.rehearsal.memory_runner import SOON, A, B, MemoryRunner, id_of, released


@pytest.mark.parametrize("service", ["web", "worker"])
def test_deploys_go_wrong_on_demand(platform: Platform, render: Render, service: str) -> None:
    old = released(platform, service, A)
    platform.faults.add(Rule(service=f"^{service}$", deploy="crash"))
    failed = released(platform, service, B)
    assert (old.status, failed.status) == ("live", "update_failed")
    assert released(platform, service, B).status == "live"


def test_the_worker_can_fail_after_the_web_went_live(platform: Platform, render: Render) -> None:
    platform.faults.add(Rule(service="worker", deploy="unhealthy", nth=2))
    assert [released(platform, name, A).status for name in ("web", "worker")] == ["live", "live"]
    assert [released(platform, name, B).status for name in ("web", "worker")] == ["live", "update_failed"]


def test_a_build_can_be_slow(platform: Platform, render: Render) -> None:
    platform.faults.add(Rule(service="web", deploy="slow_build", seconds=0.2))
    started = render.start_deploy(id_of(platform, "web"), A)
    assert started is not None
    assert platform.state.wait_for(
        lambda: platform.state.deploys[started.id].status == "build_in_progress", SOON
    )
    assert platform.wait(started.id, SOON).status == "live"


def test_a_release_can_end_after_it_went_live_and_stay_down(
    platform: Platform, render: Render, runner: MemoryRunner
) -> None:
    platform.faults.add(Rule(service="web", deploy="crash_when_live", seconds=0.01))
    released(platform, "web", A)
    assert platform.state.wait_for(lambda: platform.state.events[-1].type == "server_failed", SOON)
    assert runner.running == {}
