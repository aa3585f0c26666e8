"""The stack as it was last started: remembered ports, the values of `.env`, the commit that is checked
out.
"""

from __future__ import annotations

from smctl.project import env, git
from smctl.project.project import Project
from smctl.stack.services import Stack
from smctl.stack.state import State


def stack(project: Project) -> Stack:
    return Stack(project, ports(project), values(project), git.head(project.root))


def ports(project: Project) -> dict[str, int]:
    return project.config.dev.ports.as_dict() | State.load(project).ports


def values(project: Project) -> dict[str, str]:
    """What `.env` says; nothing where there is none."""
    if not project.env_file.exists():
        return {}
    return env.read(project.env_file)
