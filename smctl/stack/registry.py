"""Every stack on this machine, so that `smctl ls` lists them and two of them never take the same port."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smctl.project.files import private_dir, read_json, write_json
from smctl.project.project import Project


def machine_dir() -> Path:
    """Where smctl remembers things about this machine: $XDG_STATE_HOME/smctl."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return private_dir(Path(base) / "smctl")


def register(project: Project, ports: dict[str, int], engine: str) -> None:
    path = _entry(project)
    entry = {"root": str(project.root), "name": project.config.project.name, "engine": engine, "ports": ports}
    if read_json(path) != entry:
        write_json(path, entry)


def forget(project: Project) -> None:
    _entry(project).unlink(missing_ok=True)


def stacks() -> list[dict[str, Any]]:
    """The entries whose folder still is a project with state; the others, and damaged ones, are dropped."""
    alive = []
    for path in sorted((private_dir(machine_dir() / "stacks")).glob("*.json")):
        entry = read_json(path)
        if _is_whole(entry) and _is_there(Path(entry["root"])):
            alive.append(entry)
        else:
            path.unlink(missing_ok=True)
    return alive


def ports_of_others(project: Project) -> dict[int, str]:
    """Ports that other stacks remember, by the folder that has them: theirs even while they are stopped."""
    return {
        port: entry["root"]
        for entry in stacks()
        if entry["root"] != str(project.root)
        for port in entry["ports"].values()
    }


@contextmanager
def choosing_ports() -> Iterator[None]:
    """Only one smctl on this machine chooses ports at a time."""
    descriptor = os.open(machine_dir() / "ports.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_whole(entry: dict[str, Any]) -> bool:
    ports = entry.get("ports")
    return (
        all(isinstance(entry.get(key), str) and entry[key] for key in ("root", "name", "engine"))
        and isinstance(ports, dict)
        and all(isinstance(port, int) for port in ports.values())
    )


def _is_there(root: Path) -> bool:
    return (root / "smctl.toml").is_file() and (root / ".smctl").is_dir()


def _entry(project: Project) -> Path:
    return private_dir(machine_dir() / "stacks") / f"{project.path_hash}.json"
