"""Running a command for a program: its stdout is kept, its stderr is told line by line."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Before a command whose stdout is for people too: all of it to stderr, line by line.
ALOUD = ("sh", "-c", 'exec "$@" >&2', "sh")
END_WITHIN = 5.0  # seconds for a command that is interrupted

OnLine = Callable[[str], None]


@dataclass(frozen=True)
class Captured:
    """How a command ended, as a shell would say it: 128 + N if signal N ended it. stdout: all of it."""

    status: int
    stdout: str


def capture(argv: Sequence[str], *, cwd: Path | None, env: Mapping[str, str], on_line: OnLine) -> Captured:
    """Run a command to its end, without anything to read. on_line: called with each line of its stderr.

    It is ended when this is interrupted; a session of its own keeps the terminal's Ctrl-C from it until then.
    Raises FileNotFoundError where there is no such program.
    """
    with tempfile.TemporaryFile() as kept:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=kept,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        try:
            assert process.stderr
            for line in process.stderr:
                on_line(line.rstrip("\n"))
            status = process.wait()
        finally:
            _end(process)
        kept.seek(0)
        return Captured(as_shell(status), kept.read().decode("utf-8", "replace"))


def as_shell(status: int) -> int:
    """A process's return code as a shell gives it: 128 + N if signal N ended it."""
    return status if status >= 0 else 128 - status


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stderr:
        process.stderr.close()
