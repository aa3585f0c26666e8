"""`.smctl/`: what is remembered, and the lock that one smctl at a time holds."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from smctl.errors import Refused
from smctl.project.files import read_json
from smctl.project.project import Project
from smctl.stack import state
from smctl.stack.state import State, changing
from tests.processes import environment

# Takes the lock as `smctl restart`, says so, and holds it until it is killed.
HOLD = """\
import sys, time
from pathlib import Path
from smctl.project.project import Project
from smctl.stack.state import changing
with changing(Project(Path(sys.argv[1])), "restart"):
    print("holding", flush=True)
    time.sleep(60)
"""


def test_what_is_saved_is_loaded(project: Project) -> None:
    saved = State("embedded", {"web": 8001, "db": 5433})
    saved.save(project)
    assert State.load(project) == saved


def test_before_the_first_start_nothing_is_remembered(project: Project) -> None:
    assert State.load(project) == State("", {})
    assert not project.state_dir.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b'{"engine": "podman"}',
        b'{"engine": 5, "ports": [1]}',
        b'{"ports": {"web": "many"}}',
        b'{"ports": {"web": null, "db": [1]}}',
    ],
)
def test_a_damaged_state_is_the_state_before_the_first_start(content: bytes, project: Project) -> None:
    state.ensure_state_dir(project)
    (project.state_dir / "state.json").write_bytes(content)
    assert State.load(project) == State("", {})


def test_damage_in_one_place_leaves_the_rest(project: Project) -> None:
    state.ensure_state_dir(project)
    (project.state_dir / "state.json").write_text('{"engine": "docker", "ports": {"web": 1, "db": "x"}}')
    assert State.load(project) == State("docker", {"web": 1})


def test_the_folder_is_private_and_invisible_to_git(project: Project) -> None:
    (project.root / ".gitignore").unlink()
    folder = state.ensure_state_dir(project)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    shown = subprocess.run(
        ["git", "-C", project.root, "status", "--short", "--untracked-files=all"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ".smctl" not in shown.stdout


def test_a_second_change_is_refused_with_who_holds_the_stack_and_since_when(project: Project) -> None:
    with held_by_another(project) as holder, pytest.raises(Refused) as caught:
        with changing(project, "up"):
            pytest.fail("two changes at once")
    error = caught.value
    assert (error.code, error.exit_status) == ("stack_busy", 4)
    assert f"`smctl restart`, pid {holder.pid}, since {time.strftime('%H:')}" in error.message
    assert " s ago)" in error.message
    assert error.fix == f"wait for it, or stop it: kill {holder.pid}"


def test_the_lock_goes_with_its_holder_even_if_that_is_killed(project: Project) -> None:
    with held_by_another(project) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with changing(project, "up"):
            assert str(os.getpid()) in (project.state_dir / "lock").read_text()


def test_the_lock_is_free_after_a_change_that_failed(project: Project) -> None:
    with pytest.raises(ZeroDivisionError):
        with changing(project, "up"):
            raise ZeroDivisionError
    with changing(project, "down"):
        pass


def test_a_child_that_outlives_the_change_does_not_keep_the_lock(project: Project) -> None:
    with changing(project, "up"):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        with changing(project, "down"):
            pass
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("record", [b"", b"what\n", b"\xff\xff", b"1 up tomorrow\n"])
def test_a_damaged_record_of_the_holder_still_refuses(record: bytes, project: Project) -> None:
    with held_by_another(project):
        (project.state_dir / "lock").write_bytes(record)
        with pytest.raises(Refused):
            with changing(project, "up"):
                pytest.fail("two changes at once")


def test_the_times_of_the_last_runs_are_kept_and_only_those(project: Project) -> None:
    for number in range(state.TIMINGS_KEPT + 5):
        state.remember_timing(project, "up", number, [{"name": "db", "seconds": 0.1}])
    runs = read_json(project.state_dir / "timings.json")["runs"]
    assert len(runs) == state.TIMINGS_KEPT
    assert (runs[-1]["seconds"], runs[-1]["phases"]) == (
        state.TIMINGS_KEPT + 4,
        [{"name": "db", "seconds": 0.1}],
    )


@pytest.mark.parametrize("content", ['{"runs": 5}', '{"runs": null}', "["])
def test_damaged_timings_are_begun_again(content: str, project: Project) -> None:
    (state.ensure_state_dir(project) / "timings.json").write_text(content)
    state.remember_timing(project, "up", 1.0, [])
    assert len(read_json(project.state_dir / "timings.json")["runs"]) == 1


@contextmanager
def held_by_another(project: Project) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the stack for `smctl restart`."""
    argv = [sys.executable, "-c", HOLD, str(project.root)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment(), encoding="utf-8") as holder:
        assert holder.stdout and holder.stdout.readline() == "holding\n"
        yield holder
        holder.kill()
