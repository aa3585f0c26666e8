"""git: there, a repository, and with a name to commit under."""

from __future__ import annotations

from smctl.doctor.check import Result, machine_check, ok, project_check, warn
from smctl.project import git
from smctl.project.project import Project


@machine_check
def program() -> Result:
    version = git.version()
    return ok(f"git {version}") if version else warn("git is not on PATH", fix="install git")


@project_check
def repository(project: Project) -> Result:
    top = git.top_level(project.root)
    if top:
        return ok(top)
    if (project.root / ".git").exists():
        return warn("git does not take this repository", fix=f"git -C '{project.root}' status says why")
    return warn(f"{project.root} is in no git repository", fix="git init")


@project_check
def identity(project: Project) -> Result:
    """Without a name and an address git makes no commit."""
    name, email = (git.setting(project.root, key) for key in ("user.name", "user.email"))
    if name and email:
        return ok(f"commits are by {name} <{email}>")
    key, example = ("user.email", "you@example.com") if name else ("user.name", "Your Name")
    return warn(f"{key} is not set", fix=f"git config --global {key} '{example}'")
