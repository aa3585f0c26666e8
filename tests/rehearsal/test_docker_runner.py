"""The runner of a rehearsal, on Docker, with a web service that takes no build: Python's own HTTP server."""

from __future__ import annotations

import http.client
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from smctl.project.project import Project
from smctl.rehearsal import engine
from smctl.rehearsal.docker_runner import DockerRunner
from smctl.rehearsal.places import Places
from smctl.rehearsal.proxy import Proxy
from smctl.rehearsal.runner import PullFailed, Workload
from tests.rehearsal.shop import until

pytestmark = pytest.mark.docker

IMAGE = "python:3.11-slim-bookworm"
SERVE = ("python", "-m", "http.server", "10000", "--directory", "/etc")
SECRET = "s3cret-value"
WEB = Workload("dep-1", "shop-api", "web", IMAGE, {"TOKEN": SECRET}, SERVE, "/hostname")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    made = Places.of(Project(tmp_path_factory.mktemp("runner")))
    made.make()
    engine.make_network(made)
    yield made
    engine.remove(made, data=True)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def runner(places: Places, proxy: Proxy) -> Iterator[DockerRunner]:
    yield DockerRunner(places, proxy, host="shop.example.com")
    for container in engine.containers(places):
        engine.remove_container(container["Id"])


def silent(line: str) -> None:
    """Nobody reads it."""


def test_a_command_runs_to_its_end_and_says_what_it_said(runner: DockerRunner) -> None:
    lines: list[str] = []
    status = runner.once(WEB, "echo $TOKEN; printf last; exit 3", seconds=30, on_line=lines.append)
    assert (status, lines) == (3, [SECRET, "last"])


def test_a_command_that_takes_too_long_is_ended(runner: DockerRunner, places: Places) -> None:
    lines: list[str] = []
    assert runner.once(WEB, "echo first; sleep 60", seconds=1, on_line=lines.append) == 124
    assert lines == ["first"]
    assert engine.containers(places) == []


def test_a_web_service_is_healthy_serves_and_stops(
    runner: DockerRunner, proxy: Proxy, places: Places
) -> None:
    assert runner.exit_status(WEB) is not None
    runner.start(WEB, on_line=silent)
    until(lambda: runner.healthy(WEB), within=20)
    assert not runner.healthy(replace(WEB, health_path="/nothing-there"))
    runner.switch(WEB)
    client = http.client.HTTPConnection("127.0.0.1", proxy.port)
    client.request("GET", "/hostname")
    assert client.getresponse().status == 200
    runner.stop(WEB, seconds=5)
    assert (proxy.live, engine.containers(places)) == (None, [])
    runner.stop(WEB, seconds=5)


def test_no_variable_is_on_a_command_line(runner: DockerRunner) -> None:
    runner.start(WEB, on_line=silent)
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, timeout=10).stdout
    assert SECRET not in listed and SECRET not in repr(WEB)


def test_one_that_ends_by_itself_has_its_exit_status(runner: DockerRunner) -> None:
    short = replace(WEB, command=("sh", "-c", "echo over; exit 7"))
    lines: list[str] = []
    runner.start(short, on_line=lines.append)
    until(lambda: runner.exit_status(short) == 7, within=20)
    until(lambda: lines == ["over"], within=20)
    assert not runner.healthy(short)


def test_one_that_does_not_hear_sigterm_is_killed(runner: DockerRunner) -> None:
    deaf = replace(WEB, kind="worker", command=("sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"))
    runner.start(deaf, on_line=silent)
    began = time.monotonic()
    runner.stop(deaf, seconds=1)
    assert 1 <= time.monotonic() - began < 15
    assert runner.exit_status(deaf) == 137


def test_one_that_a_killed_rehearsal_left_is_taken_over(
    runner: DockerRunner, proxy: Proxy, places: Places
) -> None:
    runner.start(WEB, on_line=silent)
    running = [each["Id"] for each in engine.containers(places)]
    lines: list[str] = []
    other = DockerRunner(places, proxy, host="shop.example.com")
    other.start(WEB, on_line=lines.append)
    assert [each["Id"] for each in engine.containers(places)] == running
    until(lambda: other.healthy(WEB) and any("GET /hostname" in line for line in lines), within=20)


def test_what_no_deploy_knows_of_is_removed(runner: DockerRunner, places: Places) -> None:
    runner.start(WEB, on_line=silent)
    runner.start(replace(WEB, id="dep-2"), on_line=silent)
    command = threading.Thread(
        target=runner.once, args=(WEB, "sleep 60"), kwargs={"seconds": 50, "on_line": silent}
    )
    command.start()
    until(lambda: len(engine.containers(places)) == 3, within=20)
    runner.remove_strays({"dep-1"})
    command.join(timeout=20)
    assert not command.is_alive()
    assert [each["Labels"]["smctl.rehearsal.deploy"] for each in engine.containers(places)] == ["dep-1"]


def test_an_image_that_there_is_not_fails_the_pull(runner: DockerRunner) -> None:
    with pytest.raises(PullFailed):
        runner.pull("127.0.0.1:1/none:none")
