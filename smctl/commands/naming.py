"""Which engine, which services: what a person typed, checked against what is there."""

from __future__ import annotations

from collections.abc import Sequence

from smctl.errors import NotHealthy, WrongUse, did_you_mean
from smctl.project.project import Project
from smctl.stack import choice
from smctl.stack.engine import Engine


def existing_engine(project: Project) -> Engine:
    """The engine that has this stack. Raises NotHealthy where there is no stack."""
    engine = choice.existing(project)
    if engine is None:
        raise NotHealthy("not_running", f"There is no stack in {project.root} yet.", fix="smctl up")
    return engine


def running_engine(project: Project) -> Engine:
    """The same, of a stack that runs."""
    engine = existing_engine(project)
    if not any(service.state in ("running", "starting", "exited") for service in engine.status()):
        raise NotHealthy("not_running", "The stack is not running.", fix="smctl up")
    return engine


def services(engine: Engine, typed: Sequence[str] | None) -> list[str]:
    """The named services, all of them where none is named. Raises WrongUse for a name that is not one."""
    return named(typed, [service.name for service in engine.status()])


def named(typed: Sequence[str] | None, known: list[str]) -> list[str]:
    """The names that were typed, all that are known where there are none. Raises WrongUse as `check` does."""
    for name in typed or ():
        check(name, known)
    return list(typed) if typed else known


def check(name: str, known: Sequence[str]) -> str:
    if name in known:
        return name
    raise WrongUse(
        "no_such_service",
        f"There is no service {name!r}.",
        why=f"services: {', '.join(known)}",
        fix=did_you_mean(name, known) or "smctl status",
    )
