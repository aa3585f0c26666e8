"""`.env`: there, complete, private. Names of keys are shown, values never."""

from __future__ import annotations

import stat
from pathlib import Path

from smctl.doctor.check import Result, fail, ok, project_check, skip, warn
from smctl.project import env
from smctl.project.project import Project
from smctl.stack import current

NONE_YET = skip("there is no .env yet")


@project_check
def file(project: Project) -> Result:
    if project.env_file.is_file():
        return ok(str(project.env_file))
    return warn("there is no .env yet", fix="smctl up makes it from .env.example")


@project_check
def complete(project: Project) -> Result:
    """Every key of .env.example is in it."""
    if not project.env_file.is_file():
        return NONE_YET
    keys, values = _example(project), current.values(project)
    lacking = [key.name for key in keys if key.name not in values]
    if lacking:
        return warn(f"missing: {', '.join(lacking)}", fix="smctl up adds them from .env.example")
    return ok(f"{len(keys)} keys of .env.example, none missing")


@project_check
def secrets(project: Project) -> Result:
    """Every secret has a value."""
    if not project.env_file.is_file():
        return NONE_YET
    values = current.values(project)
    wanted = [key.name for key in _example(project) if key.is_secret and key.name in values]
    empty = [name for name in wanted if not values[name]]
    if empty:
        return fail(f"empty: {', '.join(empty)}", fix="smctl up fills them in")
    return ok(f"{len(wanted)} secrets, none empty")


@project_check
def private(project: Project) -> Result:
    """Only its owner can read it."""
    path = project.env_file
    if not path.is_file():
        return NONE_YET
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077 == 0:
        return ok(f"mode {mode:04o}")
    return fail(
        f"mode {mode:04o}: other users of this machine can read its secrets",
        fix=f"chmod 0600 {path}, or: smctl doctor --fix",
        mend=lambda: _make_private(path),
    )


def _make_private(path: Path) -> str:
    path.chmod(0o600)
    return f"chmod 0600 {path}"


def _example(project: Project) -> list[env.Key]:
    return env.keys_of(project.root / ".env.example")
