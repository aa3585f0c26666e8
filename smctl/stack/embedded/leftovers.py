"""What a killed supervisor, or a machine that lost power, may have left: processes, pid files, sockets."""

from __future__ import annotations

import contextlib
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
            _kill(pid)
    _await_end(pids, GRACE)
    places.processes.unlink(missing_ok=True)
    if not _postmaster(places.postgres_data):
        _clear(places)


def _recorded(places: Places) -> list[int]:
    record = read_json(places.processes)
    root = str(record.get("root", ""))
    if root != str(places.root) and Path(root, ".smctl").exists():
        return []  # this folder is a copy; the processes are the original's
    try:
        started = {int(pid): float(at) for pid, at in record.get("processes", {}).items()}
    except (AttributeError, TypeError, ValueError):
        return []  # damaged
    return [pid for pid, at in started.items() if process.is_same(pid, at)]


def _postmaster(data: Path) -> list[int]:
    """A server that runs on this data although nobody here started it: all of its processes."""
    import psutil

    if not _pid_in(data / "postmaster.pid"):
        return []
    return [pid for pid in psutil.pids() if _works_in(pid, data)]


def _clear(places: Places) -> None:
    """PostgreSQL refuses to start if the pid in one of its lock files lives, whoever has that pid by now, and
    takes a zombie for alive.
    """
    for path in (places.postgres_data / "postmaster.pid", *places.run.glob(".s.PGSQL.*")):
        path.unlink(missing_ok=True)


def _pid_in(path: Path) -> int:
    """The pid in a postmaster.pid, 0 where there is none. A single-user server writes it negative."""
    try:
        return abs(int(path.read_text().split("\n", 1)[0]))
    except (OSError, ValueError):
        return 0


def _works_in(pid: int, folder: Path) -> bool:
    """Whether a living process has this working folder, as a postmaster has its data folder."""
    import psutil

    try:
        return bool(process.identity(pid)) and os.path.samefile(psutil.Process(pid).cwd(), folder)
    except (psutil.Error, OSError):
        return False


def _kill(pid: int) -> None:
    """With its session, where it leads one; a server that somebody started by hand may not."""
    process.signal_group(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _await_end(pids: list[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(process.identity(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
