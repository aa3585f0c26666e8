"""A command in a service's surroundings: its working folder and its environment."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from smctl.stack.capture import Captured, OnLine, as_shell, capture
from smctl.stack.embedded import binaries, environment, node, plan, process
from smctl.stack.embedded.places import Places
from smctl.stack.engine import no_such_command
from smctl.stack.services import Stack


def run(stack: Stack, service: str, argv: Sequence[str], *, env: Mapping[str, str]) -> int:
    """Run a command to its end, with our streams: its exit status, 128 + N if signal N ended it.

    Ctrl-C is the command's: psql cancels its query and stays. A handler and not SIG_IGN, which it would
    inherit.
    """
    cwd, surroundings = _surroundings(stack, service)
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with _program_there(service, argv[0]):
            return as_shell(subprocess.run(list(argv), cwd=cwd, env=surroundings | dict(env)).returncode)
    finally:
        signal.signal(signal.SIGINT, before)


def captured(stack: Stack, service: str, argv: Sequence[str], *, on_line: OnLine) -> Captured:
    cwd, surroundings = _surroundings(stack, service)
    with _program_there(service, argv[0]):
        return capture(argv, cwd=cwd, env=surroundings, on_line=on_line)


@contextmanager
def _program_there(service: str, name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise no_such_command(service, name) from None


def _surroundings(stack: Stack, service: str) -> tuple[Path, dict[str, str]]:
    """Working folder and environment, which the service's own is only a part of."""
    cwd, own = _own(stack, service)
    return cwd, process.base_environment() | own


def _own(stack: Stack, service: str) -> tuple[Path, dict[str, str]]:
    project, path = stack.project, os.environ.get("PATH", "")
    if service in ("web", "worker"):
        folder = environment.folder(project)
        own = {"PATH": f"{folder / 'bin'}{os.pathsep}{path}"}
        return project.backend, plan.backend_environment(stack, folder) | own
    if service == "db":
        own = {"PATH": f"{binaries.postgres(project.config.stack.postgres)}{os.pathsep}{path}"}
        return project.root, own | _postgres(stack)
    if service == "frontend":
        runtime = node.find(project)
        return project.frontend, plan.node_environment(runtime) if runtime else {}
    return Places.of(project).redis_data, {}


def _postgres(stack: Stack) -> dict[str, str]:
    """So that `psql` is enough: the application's role in its own database, and the rows of every business,
    which row level security would hide from a session that names none.
    """
    name = stack.project.config.project.name
    return {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(stack.ports["db"]),
        "PGUSER": name,
        "PGDATABASE": name,
        "PGOPTIONS": "-c app.business_id=*",
        "PGPASSWORD": stack.env.get("POSTGRES_PASSWORD", ""),
    }
