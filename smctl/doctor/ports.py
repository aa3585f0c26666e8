"""The ports of development: free, this stack's own, or somebody else's."""

from __future__ import annotations

from smctl.doctor.check import Result, ok, project_check, skip, warn
from smctl.errors import NotHealthy
from smctl.project.project import Project
from smctl.stack import choice, current
from smctl.stack import ports as tcp
from smctl.stack import registry


@project_check
def web(project: Project) -> Result:
    return _port(project, "web")


@project_check
def db(project: Project) -> Result:
    return _port(project, "db")


@project_check
def redis(project: Project) -> Result:
    return _port(project, "redis")


@project_check
def frontend(project: Project) -> Result:
    return _port(project, "frontend") if project.has_frontend else skip("there is no frontend")


def _port(project: Project, service: str) -> Result:
    port = current.ports(project)[service]
    instead = f"smctl up takes the next free port; or set dev.ports.{service} in smctl.toml"
    if tcp.is_free(port):
        other = registry.ports_of_others(project).get(port)
        return warn(f"{port} is the stack's in {other}", fix=instead) if other else ok(f"{port} is free")
    if _held_by_this_stack(project).get(service) == port:
        return ok(f"{port} is held by this stack")
    return warn(f"{port} is taken by {tcp.holder(port)}", fix=instead)


def _held_by_this_stack(project: Project) -> dict[str, int]:
    engine = choice.existing(project)
    try:
        return dict(engine.held_ports()) if engine else {}
    except NotHealthy:
        return {}  # its engine does not answer, so it holds nothing
