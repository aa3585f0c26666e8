"""A platform whose runner runs nothing, and its API over real HTTP.

runner    what the platform runs things with; see memory_runner.py for what can be made to fail.
platform  with two services, web and worker, at a pace at which a minute takes 60 ms.
api       answers while the test runs; api.calls says what was asked.
render    our client, led there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smctl.rehearsal.api import Api
from smctl.rehearsal.pace import Pace
from smctl.rehearsal.platform import Platform
from smctl.release.remotes.render import Render
from tests.rehearsal.memory_runner import KEY, REPOSITORY, MemoryRunner


@pytest.fixture
def runner() -> MemoryRunner:
    return MemoryRunner()


@pytest.fixture
def platform(tmp_path: Path, runner: MemoryRunner) -> Platform:
    made = Platform(tmp_path / "platform", runner, pace=Pace(0.001), key=KEY)
    made.add_service("web", "web", REPOSITORY, {"SECRET": "s3cret"}, "/health", "migrate", url="http://shop")
    made.add_service("worker", "worker", REPOSITORY, {}, command="celery worker")
    return made


@pytest.fixture
def api(platform: Platform) -> Iterator[Api]:
    serving = Api(platform)
    serving.start()
    yield serving
    serving.stop()


@pytest.fixture
def render(api: Api) -> Iterator[Render]:
    client = Render.from_environment(api.environment, patience=2)
    yield client
    client.close()
