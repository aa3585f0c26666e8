"""The backend's Python environment: made by uv below `.smctl/env/`, one per lock and Python."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from smctl.errors import SmctlError, WrongUse
from smctl.project.files import private_dir
from smctl.project.project import Project
from smctl.stack.embedded import binaries

KEPT = 2  # environments; the one before is kept so that going back to another Django is instant
INSTALL_DEADLINE = 900  # seconds


def lock_file(project: Project) -> Path:
    return project.backend / "requirements" / f"{project.config.stack.django}-dev.txt"


def key(project: Project) -> str:
    """Changes when the lock does, or the Python. Raises WrongUse where there is no lock."""
    digest = hashlib.sha256(_lock(project))
    digest.update(
        f"{project.config.stack.python} {sys.version_info[:2]} {sys.platform} {os.uname().machine}".encode()
    )
    return digest.hexdigest()[:16]


def _lock(project: Project) -> bytes:
    path = lock_file(project)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise WrongUse(
            "lock_missing",
            f"There is no {path.relative_to(project.root)}, which says what the backend is made of.",
            why=f'in {project.root}, with stack.django = "{project.config.stack.django}"',
            fix="bring it back: git checkout -- backend/requirements",
        ) from None


def folder(project: Project) -> Path:
    return project.state_dir / "env" / key(project)


def is_ready(project: Project) -> bool:
    return (folder(project) / "bin" / "python").exists()


def ensure(project: Project, on_step: Callable[[str], None]) -> Path:
    """The environment's folder, made if it is missing. Raises SmctlError where packages cannot be had."""
    final = folder(project)
    if is_ready(project):
        return final
    made = private_dir(final.parent) / f"{final.name}.new"
    shutil.rmtree(made, ignore_errors=True)
    uv = str(binaries.uv())
    on_step("making a Python environment")
    python = interpreter(project.config.stack.python) or sys.executable
    _run([uv, "venv", "--quiet", "--relocatable", "--python", python, str(made)])
    on_step("installing the backend's packages")
    lock = str(lock_file(project))
    _run(
        [
            uv,
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",
            "--require-hashes",
            "--python",
            str(made / "bin" / "python"),
            "-r",
            lock,
        ]
    )
    os.replace(made, final)
    _drop_old(final)
    return final


def interpreter(wanted: str) -> str:
    """A Python of this version on this machine, such as "3.11"; empty where there is none."""
    if wanted == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    argv = [str(binaries.uv()), "python", "find", "--no-python-downloads", "--no-project", wanted]
    try:
        found = subprocess.run(argv, capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


def _run(argv: list[str]) -> None:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=INSTALL_DEADLINE)
    except subprocess.TimeoutExpired:
        raise _unavailable(f"uv was not done within {INSTALL_DEADLINE} s") from None
    if done.returncode != 0:
        raise _unavailable("\n".join(done.stderr.strip().splitlines()[-12:]))


def _unavailable(why: str) -> SmctlError:
    return SmctlError(
        "packages_unavailable",
        "The backend's packages could not be installed.",
        why=why,
        fix="check the network and the free disk space, then run `smctl up` again",
    )


def _drop_old(current: Path) -> None:
    others = [path for path in current.parent.iterdir() if path != current]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
