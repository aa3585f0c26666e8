"""The services as data: what a stack is asked to be, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from smctl.project.project import Project

State = Literal["running", "starting", "exited", "stopped"]
Health = Literal["ok", "starting", "failing", "none"]

# In the order in which they start; a service waits for those it needs.
NEEDS: dict[str, tuple[str, ...]] = {
    "db": (),
    "redis": (),
    "web": ("db", "redis"),
    "worker": ("db", "redis"),
    "frontend": (),
}


@dataclass(frozen=True)
class Stack:
    """What `up` is asked for. ports: service to port on 127.0.0.1. env: the values of .env. release: git
    sha.
    """

    project: Project
    ports: Mapping[str, int]
    env: Mapping[str, str] = field(repr=False)
    release: str

    @property
    def services(self) -> list[str]:
        return [name for name in NEEDS if name != "frontend" or self.project.has_frontend]


@dataclass(frozen=True)
class ServiceState:
    """One service as it is now. detail: the last probe's answer, or why it is not running."""

    name: str
    state: State
    health: Health
    port: int | None = None
    detail: str = ""

    @property
    def well(self) -> bool:
        return self.state == "running" and self.health in ("ok", "none")

    @property
    def url(self) -> str | None:
        return f"http://localhost:{self.port}" if self.port and self.name in ("web", "frontend") else None

    def as_document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "health": self.health,
            "port": self.port,
            "url": self.url,
            "detail": self.detail,
        }


@dataclass(frozen=True)
class Event:
    """Something a person who waits should see. state: waiting, starting, running, done, exited, failing."""

    service: str
    state: str
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Phase:
    """A part of a start and how long it took."""

    name: str
    seconds: float

    def as_document(self) -> dict[str, Any]:
        return {"name": self.name, "seconds": round(self.seconds, 3)}


@dataclass(frozen=True)
class Running:
    """What `up` returns: every service healthy. changed: False when there was nothing to do."""

    services: list[ServiceState]
    phases: list[Phase] = field(default_factory=list)
    changed: bool = True


@dataclass(frozen=True)
class LogLine:
    """at: ISO 8601 in UTC, or empty where it is not known."""

    service: str
    at: str
    text: str


@dataclass(frozen=True)
class Connection:
    """Where the data is, as seen from this machine. The URLs carry the password: never print them."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
