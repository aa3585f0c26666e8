"""Commands that are run for a program: real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smctl.stack.capture import capture
from tests.processes import environment


def test_stderr_is_told_line_by_line_while_it_runs_and_stdout_is_kept(tmp_path: Path) -> None:
    told: list[tuple[str, bool]] = []
    go_on = tmp_path / "go on"
    script = f"echo one >&2; until [ -e '{go_on}' ]; do sleep 0.01; done; echo two >&2; echo kept; exit 7"

    def on_line(line: str) -> None:
        told.append((line, go_on.exists()))
        go_on.touch()

    done = capture(["sh", "-c", script], cwd=tmp_path, env=os.environ, on_line=on_line)
    assert told == [("one", False), ("two", True)]
    assert (done.status, done.stdout) == (7, "kept\n")


def test_there_is_nothing_to_read_and_much_may_be_written(tmp_path: Path) -> None:
    script = (
        "import sys; print(sys.stdin.read() == '', 'x' * 5_000_000); print('é\\n' * 100_000, file=sys.stderr)"
    )
    lines: list[str] = []
    done = capture([sys.executable, "-c", script], cwd=tmp_path, env=os.environ, on_line=lines.append)
    assert (done.status, len(done.stdout), len(lines)) == (0, 5_000_006, 100_001)


def test_a_signal_is_its_exit_status_as_in_a_shell(tmp_path: Path) -> None:
    assert capture(["sh", "-c", "kill -9 $$"], cwd=tmp_path, env=os.environ, on_line=print).status == 137


def test_a_program_that_is_not_there_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        capture(["no-such-program"], cwd=tmp_path, env=os.environ, on_line=print)


def test_when_it_is_interrupted_the_command_ends_with_it(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from smctl.stack.capture import capture\n"
        "capture(['sh', '-c', 'echo $$ >&2; exec sleep 60'], cwd=Path('.'), env=os.environ,"
        " on_line=lambda line: print(line, flush=True))"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout
    command = int(running.stdout.readline())
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=20)
    for _ in range(500):
        if not Path(f"/proc/{command}").exists():
            return
        time.sleep(0.01)
    raise AssertionError("the command outlived the one that asked for it")
