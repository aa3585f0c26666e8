"""The stack, where there is one."""

from __future__ import annotations

from smctl.doctor.check import Result, fail, ok, project_check, skip
from smctl.project.project import Project
from smctl.stack import choice


@project_check
def health(project: Project) -> Result:
    engine = choice.existing(project)
    services = engine.status() if engine else []
    if not services:
        return skip("there is no stack yet")
    if all(service.state == "stopped" for service in services):
        return skip("the stack is stopped")
    ill = [service for service in services if not service.well]
    if ill:
        seen = "; ".join(f"{item.name} is {item.state}, {item.detail or item.health}" for item in ill)
        return fail(seen, fix=f"smctl up; if it stays so: smctl logs {ill[0].name}")
    return ok(f"{', '.join(service.name for service in services)} are healthy")
