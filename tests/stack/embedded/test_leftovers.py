"""What a killed supervisor left is ended and cleared away; what is somebody else's is not touched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smctl.project.project import Project
from smctl.stack.embedded import leftovers, process
from smctl.stack.embedded.places import Places
from tests.conftest import make_project

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def places(project: Project, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setattr(leftovers, "GRACE", 0.2)
    places = Places.of(project)
    places.make()
    places.postgres_data.mkdir()
    return places


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process that would run for a minute; it is gone after the test."""
    started = list[subprocess.Popen[bytes]]()

    def begin(*, cwd: Path | None = None, own_session: bool = True) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(["sleep", "60"], cwd=cwd, start_new_session=own_session))
        return started[-1]

    yield begin
    for child in started:
        child.kill()
        child.wait()


def record(places: Places, *children: subprocess.Popen[bytes], root: Path | None = None) -> None:
    processes = {str(child.pid): process.identity(child.pid) for child in children}
    document = {"root": str(root or places.root), "processes": processes}
    places.processes.write_text(json.dumps(document))


def write_pid_file(places: Places, pid: int) -> Path:
    path = places.postgres_data / "postmaster.pid"
    path.write_text(f"{pid}\n{places.postgres_data}\n1\n5432\n")
    return path


def test_recorded_processes_are_ended_and_the_record_is_gone(places: Places, start: Start) -> None:
    children = [start(), start()]
    record(places, *children)
    leftovers.end(places)
    assert [child.wait(timeout=1) for child in children] == [-signal.SIGKILL, -signal.SIGKILL]
    assert not places.processes.exists()


def test_a_frozen_one_is_ended_too(places: Places, start: Start) -> None:
    child = start()
    child.send_signal(signal.SIGSTOP)
    record(places, child)
    leftovers.end(places)
    assert child.wait(timeout=1) == -signal.SIGKILL


def test_one_that_ends_by_itself_is_waited_for_no_longer(places: Places, start: Start) -> None:
    child = start()
    record(places, child)
    child.terminate()
    child.wait()
    began = time.monotonic()
    leftovers.end(places)
    assert time.monotonic() - began < 0.2


def test_a_process_that_only_has_the_pid_is_left_alone(places: Places, start: Start) -> None:
    child = start()
    record(places, child)
    recorded = json.loads(places.processes.read_text())
    recorded["processes"][str(child.pid)] -= 100
    places.processes.write_text(json.dumps(recorded))
    leftovers.end(places)
    assert child.poll() is None


def test_a_copied_folder_leaves_the_processes_of_the_original_alone(
    places: Places, start: Start, tmp_path: Path
) -> None:
    original = make_project(tmp_path / "original")
    original.state_dir.mkdir()
    child = start()
    record(places, child, root=original.root)
    leftovers.end(places)
    assert child.poll() is None


def test_a_moved_folder_ends_its_own(places: Places, start: Start, tmp_path: Path) -> None:
    child = start()
    record(places, child, root=tmp_path / "before")
    leftovers.end(places)
    assert child.wait(timeout=1) == -signal.SIGKILL


@pytest.mark.parametrize("own_session", [True, False])
def test_a_server_on_this_data_that_nobody_recorded_is_ended(
    own_session: bool, places: Places, start: Start
) -> None:
    server = start(cwd=places.postgres_data, own_session=own_session)
    pid_file = write_pid_file(places, server.pid)
    leftovers.end(places)
    assert server.wait(timeout=1) == -signal.SIGKILL
    assert not pid_file.exists()


def test_a_stale_pid_file_goes_and_whoever_has_the_pid_now_stays(places: Places, start: Start) -> None:
    stranger = start()
    pid_file = write_pid_file(places, stranger.pid)
    leftovers.end(places)
    assert stranger.poll() is None
    assert not pid_file.exists()


@pytest.mark.parametrize("pid", [2**22 + 1, 2**40, -(2**22)])
def test_a_pid_file_of_nobody_goes(pid: int, places: Places) -> None:
    """A single-user PostgreSQL writes its pid as a negative number."""
    pid_file = write_pid_file(places, pid)
    leftovers.end(places)
    assert not pid_file.exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"processes": []}', '{"processes": {"one": 1}}', '{"processes": {"1": "x"}}']
)
def test_a_damaged_record_is_no_record(content: str, places: Places) -> None:
    places.processes.write_text(content)
    leftovers.end(places)
    assert not places.processes.exists()


def test_nothing_left_is_nothing_to_do(places: Places) -> None:
    leftovers.end(places)


def test_a_process_is_the_recorded_one_only_with_its_start(start: Start) -> None:
    child = start()
    started = process.identity(child.pid)
    assert process.is_same(child.pid, started)
    assert not process.is_same(child.pid, started - 10)
    assert not process.is_same(os.getpid(), started + 1000)
    assert not process.is_same(2**22 + 1, started)


def test_a_zombie_is_no_process(start: Start) -> None:
    child = start()
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process.identity(child.pid) == 0.0
