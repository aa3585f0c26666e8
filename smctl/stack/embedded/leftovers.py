"""What a killed supervisor, or a machine that lost power, may have left: processes, pid files, sockets."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from smctl.project.files import read_json
from smctl.stack.embedded import process
from smctl.stack.embedded.places import Places

GRACE = 3.0  # seconds to end by themselves: the kernel told them to when their supervisor died


def end(places: Places) -> None:
    """End recorded processes that still are the ones recorded, then clear PostgreSQL's pid file if it is
    stale.
    """
    pids = _recorded(places) + _postmaster(places.postgres_data)
    _await_end(pids, GRACE)
    for pid in pids:
        if process.identity(pid):
            process.signal_group(pid, signal.SIGKILL)
    _await_end(pids, GRACE)
    places.processes.unlink(missing_ok=True)
    _clear_pid_file(places.postgres_data / "postmaster.pid")


def _recorded(places: Places) -> list[int]:
    record = read_json(places.processes)
    root = str(record.get("root", ""))
    if root != str(places.root) and Path(root, ".smctl").exists():
        return []  # this folder is a copy; the processes are the original's
    started = record.get("processes", {})
    return [int(pid) for pid, at in started.items() if process.is_same(int(pid), float(at))]


def _postmaster(data: Path) -> list[int]:
    """A server that runs on this data although nobody here started it."""
    pid = _pid_in(data / "postmaster.pid")
    return [pid] if pid and _works_in(pid, data) else []


def _clear_pid_file(path: Path) -> None:
    """PostgreSQL refuses to start if the pid in its file lives, whoever has that pid by now."""
    pid = _pid_in(path)
    if pid and not _works_in(pid, path.parent):
        path.unlink(missing_ok=True)


def _pid_in(path: Path) -> int:
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def _works_in(pid: int, folder: Path) -> bool:
    """Whether a living process has this working folder, as a postmaster has its data folder."""
    import psutil

    try:
        return bool(process.identity(pid)) and os.path.samefile(psutil.Process(pid).cwd(), folder)
    except (psutil.Error, OSError):
        return False


def _await_end(pids: list[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(process.identity(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
