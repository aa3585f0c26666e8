"""What can run a stack here: Docker, the embedded servers, and which of the two `smctl up` takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from smctl.doctor.check import Result, fail, machine_check, ok, project_check, skip, warn
from smctl.errors import NotHealthy, WrongUse
from smctl.project.project import Project
from smctl.stack import choice
from smctl.stack.embedded import binaries
from smctl.stack.state import State


@machine_check
def docker() -> Result:
    """No Docker is no fault: the embedded engine needs none."""
    from smctl.stack.docker import api

    try:
        answer = api.get("/version", deadline=1.0)
    except NotHealthy as error:
        seen = f"{error.message} {error.why}"
        return skip(seen) if error.code == "docker_unreachable" else warn(seen, fix=error.fix)
    except api.ApiError as error:
        return warn(f"Docker answers with an error: {error.words}", fix="docker version")
    return ok(f"Docker {answer['Version']}, API {answer['ApiVersion']}")


@project_check
def postgres(project: Project) -> Result:
    major = project.config.stack.postgres
    return _embedded(f"PostgreSQL {major}", lambda: binaries.postgres(major))


@machine_check
def redis() -> Result:
    return _embedded("Valkey or Redis", binaries.valkey)


@project_check
def up(project: Project) -> Result:
    """The engine that `smctl up` takes, and that it can."""
    from smctl.stack.docker import api

    remembered = State.load(project).engine
    try:
        chosen = choice.choose(project, "")
    except api.ApiError as error:
        return fail(f"Docker answers with an error: {error.words}", fix="smctl up --engine embedded")
    why = chosen.why or ("it has the data" if remembered else "smctl.toml says so")
    if chosen.engine.name == "embedded":
        binaries.postgres(project.config.stack.postgres)
        binaries.valkey()
    elif not api.reachable():
        fix = "start Docker, or: smctl up --engine embedded"
        return fail(f"docker, because {why}; but no Docker daemon answers", fix=fix)
    return ok(f"{chosen.engine.name}, because {why}")


def _embedded(what: str, find: Callable[[], Path]) -> Result:
    """Only a warning where it is missing, because Docker may bring it; engine.up knows whether it has to."""
    try:
        return ok(f"{what} in {find()}")
    except WrongUse as error:
        return warn(f"{error.message} {error.why}", fix=error.fix)
