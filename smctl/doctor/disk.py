"""Free space, in bytes that are left rather than as a share: a start needs so much, on a disk of any size."""

from __future__ import annotations

import shutil
from pathlib import Path

from smctl.doctor.check import Result, fail, machine_check, ok, project_check, skip, warn
from smctl.errors import NotHealthy
from smctl.project.project import Project

GB = 1000**3
LITTLE, TOO_LITTLE = 5 * GB, 1 * GB  # images and packages of one stack are about 3 GB


@project_check
def project(project: Project) -> Result:
    return free_space(project.root, "free some space")


@machine_check
def docker() -> Result:
    """The disk with Docker's images and volumes."""
    from smctl.stack.docker import api

    try:
        root = Path(api.get("/info", deadline=1.0)["DockerRootDir"])
    except NotHealthy as error:
        return skip(error.message)
    except api.ApiError as error:
        return warn(f"Docker answers with an error: {error.words}", fix="docker info")
    if not root.is_dir():
        return skip(f"{root} is not on this machine's own disk")
    return free_space(root, "docker system prune")


def free_space(folder: Path, fix: str) -> Result:
    free = shutil.disk_usage(folder).free
    seen = f"{free / GB:.1f} GB free in {folder}"
    if free < TOO_LITTLE:
        return fail(seen, fix=fix)
    return warn(seen, fix=fix) if free < LITTLE else ok(seen)
