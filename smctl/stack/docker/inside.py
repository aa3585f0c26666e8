"""A command inside a service's container, as `docker compose exec` runs it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence

from smctl.stack.capture import Captured, OnLine, as_shell, capture
from smctl.stack.docker.containers import Container
from smctl.stack.engine import no_such_command

# The image's own way to step down to the owner of the mounted folder (backend/Dockerfile).
AS_OWNER = ("python", "-m", "as_owner")
# Elsewhere a shell, because docker says on stdout that there is no such program.
AS_IS = ("sh", "-c", 'exec "$@"', "sh")
NOT_FOUND = 127  # of a shell and of AS_OWNER; but the command may end with it, too
PID = "smctl: pid "
NAMES_ITSELF = ("sh", "-c", f'echo "{PID}$$" >&2; exec "$@"', "sh")
DEADLINE = 10.0  # seconds for a command of our own


def run(container: Container, argv: Sequence[str], *, env: Mapping[str, str], tty: bool) -> int:
    """Standard streams are passed through; the command's exit status comes back.

    Only names of variables are on the command line; docker takes their values from its environment.
    """
    options = ["-i", *(["-t"] if tty else []), *(word for name in env for word in ("-e", name))]
    with subprocess.Popen(_command(container, argv, *options), env={**os.environ, **env}) as process:
        status = _waited(process)
    _require_there(container, argv[0], status)
    return status


def captured(container: Container, argv: Sequence[str], *, on_line: OnLine) -> Captured:
    """A command in a container outlives the client that asked for it. So a shell says its process id and
    becomes the command, and when this is interrupted, that process is told to end.
    """
    pid = ""

    def told(line: str) -> None:
        nonlocal pid
        if line.startswith(PID) and not pid:
            pid = line.removeprefix(PID)
        else:
            on_line(line)

    command = _command(container, [*NAMES_ITSELF, *argv])
    try:
        done = capture(command, cwd=None, env=os.environ, on_line=told)
    except BaseException:
        _quietly(container, ["sh", "-c", 'kill "$1"', "sh", pid])
        raise
    _require_there(container, argv[0], done.status)
    return done


def _command(container: Container, argv: Sequence[str], *options: str) -> list[str]:
    docker = shutil.which("docker") or "docker"
    through = AS_OWNER if container.service in ("web", "worker") else AS_IS
    return [docker, "exec", *options, container.id, *through, *argv]


def _require_there(container: Container, program: str, status: int) -> None:
    """Raises WrongUse (`no_such_command`) where this status means that there was none to run."""
    if status != NOT_FOUND:
        return
    if _quietly(container, ["sh", "-c", 'command -v -- "$1"', "sh", program]) != 0:
        raise no_such_command(container.service, program)


def _quietly(container: Container, argv: Sequence[str]) -> int:
    """The exit status of a command of our own; that of one that hangs is 1."""
    command = _command(container, argv)
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE)
    except subprocess.TimeoutExpired:
        return 1
    return done.returncode


def _waited(process: subprocess.Popen[bytes]) -> int:
    """The exit status, as a shell would give it. Ctrl-C is the command's, not ours."""
    while True:
        try:
            return as_shell(process.wait())
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
