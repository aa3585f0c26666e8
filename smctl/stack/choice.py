"""Which engine: the one asked for, the one that has the data, the one of smctl.toml, else what this machine
can do.
"""

from __future__ import annotations

from dataclasses import dataclass

from smctl.errors import Refused, WrongUse
from smctl.project.project import Project
from smctl.stack.engine import NAMES, Engine
from smctl.stack.state import State


@dataclass(frozen=True)
class Choice:
    """why: in one line for a person; empty where there was nothing to choose."""

    engine: Engine
    why: str = ""


def asked(name: str) -> str:
    """A wish as it was typed; "auto" is none. Raises WrongUse for what is not an engine."""
    if name not in ("", "auto", *NAMES):
        raise WrongUse(
            "usage", f"There is no engine {name!r}.", why="docker, embedded or auto", fix="smctl up --help"
        )
    return "" if name == "auto" else name


def by_name(project: Project, name: str) -> Engine:
    if name == "docker":
        from smctl.stack.docker.engine import DockerEngine

        return DockerEngine(project)
    from smctl.stack.embedded.engine import EmbeddedEngine

    return EmbeddedEngine(project)


def existing(project: Project) -> Engine | None:
    """The engine that this stack runs on or last ran on; None before the first `up`."""
    name = State.load(project).engine
    return by_name(project, name) if name else None


def choose(project: Project, wish: str) -> Choice:
    """wish: "docker", "embedded", or "" for no wish. Raises Refused if the stack still runs on the other
    engine.
    """
    remembered = State.load(project).engine
    if wish:
        _refuse_while_running_elsewhere(project, remembered, wish)
        return Choice(by_name(project, wish))
    if remembered:
        return Choice(by_name(project, remembered))
    if project.config.dev.engine != "auto":
        return Choice(by_name(project, project.config.dev.engine))
    name, why = _what_this_machine_can_do(project)
    return Choice(by_name(project, name), why)


def _refuse_while_running_elsewhere(project: Project, remembered: str, wish: str) -> None:
    if remembered in ("", wish):
        return
    if any(service.state in ("running", "starting") for service in by_name(project, remembered).status()):
        raise Refused(
            "other_engine_running",
            f"This stack runs on the {remembered} engine.",
            why=f"two engines would be two databases; --engine {wish} starts with data of its own",
            fix=f"smctl down, then smctl up --engine {wish}",
        )


def _what_this_machine_can_do(project: Project) -> tuple[str, str]:
    from smctl.stack.docker import api

    if not api.reachable():
        return "embedded", "no Docker daemon answers"
    if not api.images_available(project):
        return "embedded", "Docker is here, but the base images are not and no registry answers"
    return "docker", "a Docker daemon answers"
