"""`smctl up` on Docker against plain Compose: the same file, the same image, the same folder and ports."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

from bench.rows import Row
from bench.samples import interleaved, timed
from bench.stacks import Stacks
from tests.e2e.live import LiveStack

DEADLINE = 300.0  # seconds


def up(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.docker
    stack.up()  # builds the image and makes the database

    def ours() -> float:
        _compose(stack, "down")
        return timed(stack.up)

    def theirs() -> float:
        _compose(stack, "down")
        return timed(lambda: _compose(stack, "up", "-d", "--wait"))

    smctl, compose = interleaved(rounds, ours, theirs)
    yield Row("smctl up, docker", smctl, "docker compose up -d --wait", compose, ratio_budget=1.05)


def _compose(stack: LiveStack, *arguments: str) -> None:
    """The rest of what the compose file leaves open is in .env, which Compose reads too."""
    ports = {f"{service.upper()}_PORT": str(port) for service, port in stack.ports.items()}
    done = subprocess.run(
        ["docker", "compose", *arguments],
        cwd=stack.root,
        env=os.environ | ports,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE,
    )
    assert done.returncode == 0, f"docker compose {arguments[0]}: {done.stderr.strip()[-500:]}"
