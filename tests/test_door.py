"""Every end of a command: its status, what is shown, and that a traceback never is."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from smctl import door
from smctl.errors import NotHealthy, SmctlError
from smctl.output import Output
from smctl.project.project import Project
from smctl.stack import registry
from tests import processes
from tests.processes import Smctl


def raising(error: BaseException) -> int:
    raise error


def test_the_status_of_a_command_is_that_of_the_process() -> None:
    assert [door.run(partial(int, status), Output()) for status in (0, 1, 3)] == [0, 1, 3]


def test_an_error_in_text_is_what_why_and_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    error = NotHealthy("port_taken", "Port 1 is taken.", why="by a\nby b", fix="smctl up")
    assert door.run(lambda: raising(error), Output()) == 3
    assert capsys.readouterr() == ("", "error: Port 1 is taken.\n  by a\n  by b\n  → smctl up\n")


def test_an_error_in_json_is_a_document_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    error = SmctlError("odd", "It is odd: দোকান.", why="because", fix="smctl doctor")
    assert door.run(lambda: raising(error), Output(as_json=True)) == 1
    out, err = capsys.readouterr()
    assert json.loads(out) == error.as_document()
    assert err == ""


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EROFS, "read_only"),
        (errno.EACCES, "no_permission"),
        (errno.EPERM, "no_permission"),
    ],
)
def test_what_the_machine_refuses_is_no_bug(
    number: int, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error = OSError(number, os.strerror(number), "/some/file")
    assert door.run(lambda: raising(error), Output(as_json=True)) == 1
    shown = json.loads(capsys.readouterr().out)["error"]
    assert shown["code"] == code
    assert "/some/file" in shown["why"] and shown["fix"]


def test_a_crash_goes_to_a_file_and_shows_no_traceback(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert door.run(lambda: 1 // 0, Output()) == 1
    out, err = capsys.readouterr()
    (log,) = machine.glob("crash-*.log")
    assert (out, "Traceback" in err) == ("", False)
    assert str(log) in err and "ZeroDivisionError" in err
    details = log.read_text()
    assert "Traceback" in details and "1 // 0" in details and "Python 3." in details


def test_a_crash_that_cannot_be_written_down_still_shows_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert door.run(lambda: 1 // 0, Output()) == 1
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert "ZeroDivisionError" in err


def test_a_crash_log_has_no_arguments_because_they_may_be_secret(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["smctl", "run", "web", "--", "login", "hunter2"])
    assert door.run(lambda: 1 // 0, Output(as_json=True)) == 1
    (log,) = machine.glob("crash-*.log")
    assert "command: run\n" in log.read_text()
    assert "hunter2" not in log.read_text() + capsys.readouterr().out


def test_ctrl_c_is_130(project: Project) -> None:
    """In the middle of `up`, which waits here because another smctl on this machine chooses its ports."""
    with registry.choosing_ports():
        command = processes.start("up", "--engine", "embedded", "--json", cwd=project.root)
        wait_for(project.env_file)
        time.sleep(0.3)
        command.send_signal(signal.SIGINT)
        out, err = command.communicate(timeout=10)
    assert command.returncode == 130
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [["config"], ["status", "--json"], ["--help"], ["--version"]])
def test_a_reader_that_has_had_enough_is_no_error(arguments: list[str], project: Project) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        processes.argv(*arguments),
        cwd=project.root,
        env=processes.environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    os.close(writer)
    assert done.returncode == (3 if "status" in arguments else 0)
    assert done.stderr == ""


@pytest.mark.parametrize(("streams", "status"), [(">&-", 0), ("2>&-", 0), ("<&-", 0), (">&- 2>&- <&-", 0)])
def test_a_closed_stream_is_no_error(streams: str, status: int, project: Project) -> None:
    command = " ".join(["exec", *processes.argv("config"), streams])
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=project.root,
        env=processes.environment(),
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (status, "")


def test_a_full_disk_below_stdout_is_told(project: Project) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            processes.argv("config"),
            cwd=project.root,
            env=processes.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    assert done.returncode == 1
    assert "error: The disk is full." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_latin_terminal_is_no_error(smctl: Smctl, project: Project) -> None:
    done = smctl("status", env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (done.code, "Traceback" in done.err) == (3, False)
    assert "smctl up" in done.err


def wait_for(path: Path) -> None:
    ends = time.monotonic() + 10
    while not path.exists() and time.monotonic() < ends:
        time.sleep(0.01)
    assert path.exists()
