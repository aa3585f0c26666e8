"""A command inside a service's container, as `docker compose exec` runs it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence

from smctl.stack.docker.containers import Container

# The image's own way to step down to the owner of the mounted folder (backend/Dockerfile).
AS_OWNER = ("python", "-m", "as_owner")


def run(container: Container, argv: Sequence[str], *, env: Mapping[str, str], tty: bool) -> int:
    """Standard streams are passed through; the command's exit status comes back.

    Only names of variables are on the command line; docker takes their values from its environment.
    """
    command = [shutil.which("docker") or "docker", "exec", "-i", *(["-t"] if tty else [])]
    command += [word for name in env for word in ("-e", name)]
    command += [container.id, *(AS_OWNER if container.service in ("web", "worker") else ()), *argv]
    with subprocess.Popen(command, env={**os.environ, **env}) as process:
        return _waited(process)


def _waited(process: subprocess.Popen[bytes]) -> int:
    """The exit status, as a shell would give it. Ctrl-C is the command's, not ours."""
    while True:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
        else:
            return status if status >= 0 else 128 - status
