"""Python: the one that runs smctl, and the one that the embedded backend would run on."""

from __future__ import annotations

import platform
import sys

from smctl.doctor.check import Result, fail, machine_check, ok, project_check, warn
from smctl.project.project import Project
from smctl.stack.embedded import environment

OLDEST, NEWEST = (3, 11), (3, 14)


@machine_check
def smctl() -> Result:
    """smctl itself is tested on these versions."""
    seen = f"Python {platform.python_version()} at {sys.executable}"
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return ok(seen)
    return fail(seen, fix="install smctl with Python 3.11 to 3.14")


@project_check
def stack(project: Project) -> Result:
    """Docker brings its own Python; the embedded engine takes one of this machine."""
    wanted = project.config.stack.python
    found = environment.interpreter(wanted)
    if found:
        return ok(f"Python {wanted} at {found}")
    return warn(
        f"there is no Python {wanted} here: the embedded backend runs on {platform.python_version()}",
        fix=f"uv python install {wanted}",
    )
