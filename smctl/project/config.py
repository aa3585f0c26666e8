"""smctl.toml: what may be in it, and what holds where it says nothing."""

from __future__ import annotations

import dataclasses
import keyword
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smctl.errors import WrongUse
from smctl.project.tables import BOOLEAN, integer, one_of, read, setting, text, where

FILE_NAME = "smctl.toml"

PORT = integer(1, 65535)
URL = text(r"https?://[^\s/]+/?", "an http(s) URL")
DJANGOS = ("5.2", "4.2")  # each with a lock in backend/requirements/
# A Python package, a PostgreSQL database and role, a compose project and part of an image's name.
TAKEN = {
    *keyword.kwlist,
    *sys.stdlib_module_names,
    *("postgres", "template0", "template1", "public", "none", "user"),
    *("apps", "test", "tests", "manage", "requirements", "staticfiles"),
    *("django", "rest_framework", "celery", "redis", "gunicorn", "decouple"),
}
NAME = text(
    "(?!pg_)[a-z][a-z0-9_]{0,30}",
    "lower-case letters, digits and _, a letter first, at most 31 characters, and no name that something in "
    "Python, PostgreSQL or the backend has already",
    but=TAKEN,
)


@dataclass(frozen=True)
class ProjectTable:
    name: str = setting(NAME)


@dataclass(frozen=True)
class StackTable:
    python: str = setting(one_of("3.11", "3.12", "3.13", "3.14"), "3.11")
    django: str = setting(one_of(*DJANGOS), "5.2")
    postgres: str = setting(one_of("14", "15", "16", "17", "18"), "18")
    redis: str = setting(one_of("7", "8"), "7")
    node: str = setting(one_of("20", "22", "24"), "24")


@dataclass(frozen=True)
class PortsTable:
    web: int = setting(PORT, 8000)
    db: int = setting(PORT, 5432)
    redis: int = setting(PORT, 6379)
    frontend: int = setting(PORT, 5173)

    def as_dict(self) -> dict[str, int]:
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class DevTable:
    engine: str = setting(one_of("auto", "docker", "embedded"), "auto")
    seed_users: int = setting(integer(0, 10_000), 1)
    frontend: bool = setting(BOOLEAN, True)
    ports: PortsTable = field(default_factory=PortsTable)


@dataclass(frozen=True)
class DeployTable:
    target: str = setting(one_of("render"), "render")
    branch: str = setting(text(r"[\w./-]+", "the name of a git branch"), "main")
    image: str = setting(
        text(r"[\w.-]+(:\d+)?(/[\w.-]+)+", "an image name without a tag"), "ghcr.io/OWNER/smartmarket"
    )
    url: str = setting(URL, "https://smartmarket-api.onrender.com")
    frontend_url: str = setting(URL, "https://smartmarket.vercel.app")
    region: str = setting(one_of("singapore", "oregon", "ohio", "virginia", "frankfurt"), "singapore")


@dataclass(frozen=True)
class Config:
    project: ProjectTable
    stack: StackTable = field(default_factory=StackTable)
    dev: DevTable = field(default_factory=DevTable)
    deploy: DeployTable = field(default_factory=DeployTable)

    def as_document(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


TABLES: dict[str, type[Any]] = {
    "": Config,
    "project": ProjectTable,
    "stack": StackTable,
    "dev": DevTable,
    "dev.ports": PortsTable,
    "deploy": DeployTable,
}


def load(path: Path) -> Config:
    """Read and check smctl.toml. Raises WrongUse with file, line, key, what is allowed and the nearest
    match."""
    config: Config = read(path, TABLES)
    _refuse_shared_ports(path, config.dev.ports)
    return config


def _refuse_shared_ports(path: Path, ports: PortsTable) -> None:
    seen: dict[int, str] = {}
    for service, port in ports.as_dict().items():
        if port in seen:
            line = where(path, path.read_text(encoding="utf-8-sig"), "dev.ports", service)
            raise WrongUse(
                "config_wrong_value",
                f"{line} dev.ports.{service} and dev.ports.{seen[port]} are both {port}.",
                why="every service needs a port of its own",
                fix=f"edit dev.ports in {path}",
            )
        seen[port] = service
