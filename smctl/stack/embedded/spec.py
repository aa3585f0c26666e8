"""What the supervisor is asked to run, as plain values that travel to it as JSON."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Task:
    """Something that is done once: it is done when `done_file` holds `done_key`.

    argv runs in cwd with env over the supervisor's own environment; stdin is written to it. replaces: (made,
    final): after success the folder `made` is renamed to `final`, so a task that is killed leaves nothing
    half made; such a task is done when `final` is there.
    """

    name: str
    argv: list[str]
    cwd: str
    env: dict[str, str] = field(default_factory=dict, repr=False)
    needs: list[str] = field(default_factory=list)
    stdin: str = field(default="", repr=False)
    done_file: str = ""
    done_key: str = ""
    replaces: list[str] = field(default_factory=list)
    nobody: bool = False
    seconds: float = 300.0


@dataclass(frozen=True)
class Service:
    """Something that keeps running.

    probe: a function of smctl.stack.probes, called with probe_port. listen: a port that the supervisor binds
    and hands over as a file descriptor, its number put for "{fd}" in argv ("{incarnation}": a new name at
    every start): no race for the port, no refused connection during a restart. nobody: run in a user
    namespace in which root is `nobody`, because PostgreSQL refuses root. on_edit: "hup" or "restart", when a
    file below watch changes.
    """

    name: str
    argv: list[str]
    cwd: str
    env: dict[str, str] = field(default_factory=dict, repr=False)
    needs: list[str] = field(default_factory=list)
    probe: str = ""
    probe_port: int = 0
    port: int = 0
    listen: int = 0
    stop_signal: str = "SIGTERM"
    stop_seconds: float = 10.0
    stop_after: list[str] = field(default_factory=list)
    nobody: bool = False
    on_edit: str = ""
    watch: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Specification:
    tasks: list[Task]
    services: list[Service]

    def as_document(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Specification:
        return cls(
            tasks=[Task(**task) for task in document["tasks"]],
            services=[Service(**service) for service in document["services"]],
        )


def digest(parts: Iterable[bytes]) -> str:
    """A `done_key`: 32 hex digits that change when any of the parts does."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:32]
