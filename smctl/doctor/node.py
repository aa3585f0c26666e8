"""Node, for the frontend."""

from __future__ import annotations

from smctl.doctor.check import Result, ok, project_check, skip, warn
from smctl.project.project import Project
from smctl.stack.embedded import node


@project_check
def version(project: Project) -> Result:
    """New enough, where there is a frontend to run."""
    if not project.has_frontend:
        return skip("there is no frontend")
    found = node.find(project)
    if found:
        return ok(f"Node {node.version(found.program)} at {found.program}")
    oldest = ".".join(map(str, node.OLDEST))
    return warn(
        f"there is no Node {oldest} or newer here",
        fix=f"smctl up installs Node {project.config.stack.node} below .smctl/",
    )
