"""smctl.toml: can it be read."""

from __future__ import annotations

from smctl.doctor.check import Result, ok, project_check
from smctl.project.project import Project


@project_check
def file(project: Project) -> Result:
    config = project.config
    return ok(f"smctl.toml of {config.project.name}, in {project.root}")
