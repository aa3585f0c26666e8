"""The frontend's own commands, beside whatever stack runs: the system's Node, else smctl's own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from smctl.errors import SmctlError, WrongUse
from smctl.project.project import Project
from smctl.stack.capture import ALOUD, Captured, OnLine, as_shell, capture
from smctl.stack.embedded import node
from smctl.stack.embedded.node import Node
from smctl.stack.embedded.plan import node_environment

INSTALL = ("npm", "ci", "--prefer-offline", "--no-audit", "--no-fund")


def run(project: Project, argv: Sequence[str], *, on_step: OnLine) -> int:
    """A command of npm's in frontend/, with our streams: its exit status. on_step: told of what is installed
    first.
    """
    runtime = ready(project, on_step=on_step)
    words, surroundings = _command(runtime, argv), _environment(runtime, {})
    return as_shell(subprocess.run(words, cwd=project.frontend, env=surroundings).returncode)


def captured(project: Project, argv: Sequence[str], *, env: Mapping[str, str], on_line: OnLine) -> Captured:
    """The same for a program: each line that it says to on_line."""
    runtime = ready(project, on_step=on_line)
    words = [*ALOUD, *_command(runtime, argv)]
    return capture(words, cwd=project.frontend, env=_environment(runtime, env), on_line=on_line)


def require(project: Project) -> None:
    if not project.has_frontend:
        raise WrongUse(
            "no_frontend",
            "This project has no frontend.",
            why=f"dev.frontend is off, or there is no package.json in {project.frontend}",
            fix="smctl config",
        )


def ready(project: Project, *, on_step: OnLine) -> Node:
    """Node, with the packages of the lock installed. Raises WrongUse where there is no frontend, SmctlError
    where they cannot be had.
    """
    require(project)
    runtime = node.find(project)
    if runtime is None:
        on_step("installing Node")
        runtime = node.install(project)
    if not _installed(project):
        on_step("installing the frontend's packages")
        _install(project, runtime)
    return runtime


def _installed(project: Project) -> bool:
    """npm writes its own record of the lock when it is done; a newer lock has not been installed yet."""
    record, lock = (
        project.frontend / "node_modules" / ".package-lock.json",
        project.frontend / "package-lock.json",
    )
    return record.exists() and record.stat().st_mtime >= lock.stat().st_mtime


def _install(project: Project, runtime: Node) -> None:
    said = list[str]()
    words = [*ALOUD, *_command(runtime, INSTALL)]
    done = capture(words, cwd=project.frontend, env=_environment(runtime, {}), on_line=said.append)
    if done.status != 0:
        raise SmctlError(
            "packages_unavailable",
            "The frontend's packages could not be installed.",
            why="\n".join(said[-12:]),
            fix="check the network and the free disk space, then run it again",
        )


def _command(runtime: Node, argv: Sequence[str]) -> list[str]:
    """npm by its interpreter: a wheel has no program of that name that works."""
    program, *words = argv
    return [str(runtime.program), str(runtime.npm), *words] if program == "npm" else [program, *words]


def _environment(runtime: Node, env: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **node_environment(runtime), **env}
