"""Everything at once: whatever is asked, in whatever order, one whole release of each service is live."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Literal

import pytest

from smctl.rehearsal.platform import Platform
from smctl.rehearsal.records import RUNNING, DeployRecord
from smctl.rehearsal.refusal import Refusal
from tests.rehearsal.memory_runner import REPOSITORY, SOON, A, MemoryRunner, id_of, released


@pytest.mark.parametrize("policy", ["wait", "override"])
def test_one_release_is_live_one_deploy_goes_on_and_nothing_else_is_left_running(
    platform: Platform, runner: MemoryRunner, policy: Literal["wait", "override"]
) -> None:
    platform.policy = policy
    platform.begin()
    services = [id_of(platform, name) for name in ("web", "worker")]
    for name in ("web", "worker"):
        released(platform, name, A)
    runner.sick.update(f"{REPOSITORY}:{number}" for number in range(0, 40, 5))
    runner.missing.update(f"{REPOSITORY}:{number}" for number in range(1, 40, 5))
    platform.state.changed.acquire()  # so that all begin together
    threads = [threading.Thread(target=_ask, args=(platform, services, seed)) for seed in range(4)]
    for thread in threads:
        thread.start()
    platform.state.changed.release()
    while any(thread.is_alive() for thread in threads):
        with platform.state.changed:
            for service in services:
                statuses = [each.status for each in platform.state.deploys_of(service)]
                assert statuses.count("live") == 1
                begun = [each for each in platform.state.deploys_of(service) if each.started_at]
                assert sum(each.status in RUNNING for each in begun) <= 1
        threads[0].join(0.005)
    for service in services:
        platform.wait(platform.start_deploy(service, A).id, SOON)
    live = {each.id for each in platform.state.deploys.values() if each.status == "live"}
    assert len(live) == 2
    assert platform.state.wait_for(lambda: all(each.stopped for each in _over(platform)), SOON)
    assert set(runner.running) == live
    assert all(each.finished_at for each in platform.state.deploys.values())
    platform.end()


def _over(platform: Platform) -> list[DeployRecord]:
    return [each for each in platform.state.deploys.values() if each.status != "live"]


def _ask(platform: Platform, services: list[str], seed: int) -> None:
    chance = random.Random(seed)

    def deploy(service: str) -> object:
        return platform.start_deploy(service, f"{REPOSITORY}:{chance.randrange(40)}")

    def cancel(service: str) -> object:
        return platform.cancel(service, chance.choice(list(platform.state.deploys)))

    def back(service: str) -> object:
        return platform.roll_back(service, chance.choice(list(platform.state.deploys)))

    tick = threading.Event()
    acts: list[Callable[[str], object]] = [deploy, deploy, cancel, back]
    for _ in range(12):
        tick.wait(chance.random() * 0.02)
        try:
            chance.choice(acts)(chance.choice(services))
        except Refusal:
            continue
