"""`.smctl/`: what is remembered of a stack between two commands, and the lock on changing it."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smctl.errors import Refused
from smctl.project.files import private_dir, read_json, write_json
from smctl.project.project import Project
from smctl.stack.engine import NAMES

TIMINGS_KEPT = 20


@dataclass(frozen=True)
class State:
    """engine: the one that has the data ("" before the first up). ports: as chosen, by service. asked: those
    that smctl.toml asked for when they were chosen.
    """

    engine: str = ""
    ports: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, project: Project) -> State:
        """What is damaged counts as not remembered."""
        document = read_json(_file(project))
        engine = document.get("engine")
        return cls(
            engine if engine in NAMES else "",
            _ports(document.get("ports")),
            _ports(document.get("asked")),
        )

    def save(self, project: Project) -> None:
        ensure_state_dir(project)
        write_json(_file(project), {"version": 1, **dataclasses.asdict(self)})


def _ports(document: object) -> dict[str, int]:
    if not isinstance(document, dict):
        return {}
    return {name: port for name, port in document.items() if isinstance(port, int)}


def _file(project: Project) -> Path:
    return project.state_dir / "state.json"


def ensure_state_dir(project: Project) -> Path:
    """Make `.smctl/` private and invisible to git."""
    folder = private_dir(project.state_dir)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return folder


@contextmanager
def changing(project: Project, verb: str) -> Iterator[None]:
    """Hold the stack for a change. Raises Refused, with who holds it and since when, if another smctl does.

    The lock is the kernel's (flock): it goes with its holder, however that ends.
    """
    path = ensure_state_dir(project) / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _held(os.pread(descriptor, 4096, 0).decode("utf-8", "replace")) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {verb} {time.time():.0f}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _held(record: str) -> Refused:
    pid, verb, since = (record.split() + ["?", "?", "0"])[:3]
    ago = max(0, int(time.time()) - int(since)) if since.isdigit() else 0
    started = time.strftime("%H:%M:%S", time.localtime(int(since))) if since.isdigit() else "an unknown time"
    return Refused(
        "stack_busy",
        f"Another smctl is changing this stack: `smctl {verb}`, pid {pid}, since {started} ({ago} s ago).",
        why="two changes of one stack at once would undo each other",
        fix=f"wait for it, or stop it: kill {pid}",
    )


def remember_timing(project: Project, verb: str, seconds: float, phases: list[dict[str, Any]]) -> None:
    """Keep the times of the last runs, the newest last."""
    path = ensure_state_dir(project) / "timings.json"
    before = read_json(path).get("runs")
    runs = before if isinstance(before, list) else []
    runs.append({"verb": verb, "at": int(time.time()), "seconds": round(seconds, 3), "phases": phases})
    write_json(path, {"runs": runs[-TIMINGS_KEPT:]})
