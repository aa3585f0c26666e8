"""The containers of a compose project, as the daemon sees them now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smctl.project.project import Project
from smctl.stack.docker import api

LABEL = "com.docker.compose."
# Where each service listens in its container; the compose file publishes these.
INNER_PORTS = {"web": 8000, "db": 5432, "redis": 6379, "frontend": 5173}


@dataclass(frozen=True)
class Container:
    """One container in the daemon's words.

    state: created, running, paused, restarting, removing, exited, dead. health: healthy, unhealthy, starting,
    none. status: a sentence ("Exited (1) 3 seconds ago"). folder: where compose was run. needs: the services
    it waits for. config: compose's hash of what it was made from. once: made by `docker compose run`. ports:
    inner to published, while it runs.
    """

    id: str
    service: str
    state: str
    health: str
    status: str
    folder: str
    needs: tuple[str, ...]
    config: str
    once: bool
    ports: Mapping[int, int]

    @property
    def port(self) -> int | None:
        return self.ports.get(INNER_PORTS.get(self.service, 0))

    def belongs_to(self, project: Project) -> bool:
        """Made from this folder, or from one that is no more: a moved project stays the same project."""
        return os.path.realpath(self.folder) == str(project.root) or not Path(self.folder).is_dir()


def every(name: str) -> list[Container]:
    """All containers of a compose project, those of `docker compose run` too; the newest first."""
    filters = {"label": [f"{LABEL}project={name}"]}
    return [_container(entry) for entry in api.get("/containers/json", all=1, filters=filters)]


def of_project(project: Project, name: str) -> dict[str, Container]:
    """One container of each service; not those of another folder, not those of `docker compose run`."""
    mine = [one for one in every(name) if one.belongs_to(project) and not one.once]
    return {container.service: container for container in reversed(mine)}


def published(found: Mapping[str, Container]) -> dict[str, int]:
    """Ports on 127.0.0.1 by service, of those that run."""
    return {service: container.port for service, container in found.items() if container.port}


def inspect(container_id: str) -> dict[str, Any]:
    described: dict[str, Any] = api.get(f"/containers/{container_id}/json")
    return described


def last_health_answer(container_id: str) -> str:
    """What the last health check printed; empty where there was none."""
    log = (inspect(container_id)["State"].get("Health") or {}).get("Log") or [{}]
    lines = str(log[-1].get("Output", "")).strip().splitlines()
    return lines[-1] if lines else ""


def environment(container_id: str) -> dict[str, str]:
    """Its environment. It has secrets in it."""
    return dict(entry.partition("=")[::2] for entry in inspect(container_id)["Config"]["Env"])


def _container(entry: dict[str, Any]) -> Container:
    labels = entry["Labels"]
    return Container(
        id=entry["Id"],
        service=labels[f"{LABEL}service"],
        state=entry["State"],
        health=_health(entry["Status"]),
        status=entry["Status"],
        folder=labels.get(f"{LABEL}project.working_dir", ""),
        needs=_needs(labels.get(f"{LABEL}depends_on", "")),
        config=labels.get(f"{LABEL}config-hash", ""),
        once=labels.get(f"{LABEL}oneoff") == "True",
        ports={port["PrivatePort"]: port["PublicPort"] for port in entry["Ports"] if "PublicPort" in port},
    )


def _health(status: str) -> str:
    """From "Up 3 seconds (health: starting)"; the list of containers has it nowhere else before API 1.52."""
    for health in ("unhealthy", "healthy", "starting"):
        if f"{health})" in status:
            return health
    return "none"


def _needs(label: str) -> tuple[str, ...]:
    """From "db:service_healthy:false,redis:service_healthy:false"."""
    return tuple(part.split(":", 1)[0] for part in label.split(",") if part)
