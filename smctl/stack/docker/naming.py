"""The compose project's name: the project's own, or one with the folder's hash if another checkout has it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from smctl.errors import Refused
from smctl.project import env
from smctl.project.project import Project
from smctl.stack import registry
from smctl.stack.docker import containers, record

VARIABLE = (
    "COMPOSE_PROJECT_NAME"  # Compose reads it from .env, so plain `docker compose exec web …` finds the stack
)


def current(project: Project) -> str:
    """The name this folder's stack has, or would have if nobody else had it."""
    written = record.load_as_written(project)
    mine = record.load(project)
    named = _in_env_file(project)
    if written != mine and named == written.compose_project:
        named = ""  # a copied folder, with the .env of the one it was copied from
    return named or mine.compose_project or project.config.project.name


def claim(project: Project) -> str:
    """The name to start under, remembered from here on.

    Raises Refused where another folder has started containers under a name that this folder's data is under.
    """
    name = current(project)
    mine = record.load(project)
    holder = _other_holder(project, name)
    if holder and mine.compose_project == name:
        raise Refused(
            "compose_project_taken",
            f"The stack in {holder} runs under the name {name}, which has this folder's data.",
            why=f"compose project {name}, started from {holder}",
            fix=f"cd {holder} && docker compose down",
        )
    if holder:
        name = f"{project.config.project.name}-{project.path_hash[:6]}"
    if (mine.compose_project, mine.root) != (name, str(project.root)):
        record.save(project, dataclasses.replace(mine, compose_project=name, root=str(project.root)))
    _write_env_file(project, name)
    return name


def _other_holder(project: Project, name: str) -> str | None:
    """The other folder that has containers of this name, or whose record says that its data is under it."""
    for container in containers.every(name):
        if not container.belongs_to(project):
            return container.folder
    for entry in registry.stacks():
        other = Project(Path(entry["root"]))
        if other.root != project.root and record.load(other).compose_project == name:
            return str(other.root)
    return None


def _in_env_file(project: Project) -> str:
    return env.read(project.env_file).get(VARIABLE, "") if project.env_file.exists() else ""


def _write_env_file(project: Project, name: str) -> None:
    written = _in_env_file(project)
    if name == (written or project.config.project.name) or not project.env_file.exists():
        return
    comment = "" if written else "This folder's own name on Docker: another checkout has the plain one."
    env.put(project.env_file, env.Key(VARIABLE, name, comment))
