"""The stacks that are measured: private copies of the project, made when they are first asked for."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.live import LiveStack, made

# What a shell may have set for another stack.
FOREIGN = (
    "COMPOSE_PROJECT_NAME",
    "COMPOSE_FILE",
    "COMPOSE_PROFILES",
    "SMCTL_ENGINE",
    "DOCKER_DEFAULT_PLATFORM",
)
DOCKER_DEADLINE = 60.0  # seconds


class Skipped(Exception):
    """Something cannot be measured here; the message says why."""


class Stacks:
    """folder: what is below it is this run's alone. closing: ends whatever was begun."""

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self._folder = folder
        self._closing = closing
        self._made: list[LiveStack] = []

    @cached_property
    def embedded(self) -> LiveStack:
        return self._make("embedded")

    @cached_property
    def with_frontend(self) -> LiveStack:
        return self._make("frontend", frontend=True)

    @cached_property
    def seeded(self) -> LiveStack:
        """One whose database grows large, so that the others' do not."""
        return self._make("seeded")

    @cached_property
    def docker(self) -> LiveStack:
        """Raises Skipped where there is no engine to run it on."""
        missing = _missing_for_docker()
        if missing:
            raise Skipped(missing)
        # A name that no other stack has: without it this one would share its volumes with whoever has them.
        name = f"smctl-bench-{secrets.token_hex(4)}"
        self._closing.callback(_quietly, ["docker", "image", "rm", "--force", f"{name}-backend:dev"])
        stack = self._make("docker", engine="docker")
        (stack.root / ".env").write_text(f"COMPOSE_PROJECT_NAME={name}\n", encoding="utf-8")
        return stack

    def rest(self) -> None:
        """Stop every stack, so that the next measure has the machine to itself."""
        for stack in self._made:
            stack.down()

    def _make(self, name: str, **options: Any) -> LiveStack:
        stack = self._closing.enter_context(_private(self._folder / name, **options))
        self._made.append(stack)
        return stack


@contextmanager
def private_stacks() -> Iterator[Stacks]:
    """However the block is left, no process, container, volume or file of it stays."""
    with tempfile.TemporaryDirectory(prefix="smctl-bench-") as folder:
        here = Path(folder).resolve()
        os.environ["XDG_STATE_HOME"] = str(here / "machine")
        for name in FOREIGN:
            os.environ.pop(name, None)
        with ExitStack() as closing:
            yield Stacks(here, closing)


@contextmanager
def _private(root: Path, **options: Any) -> Iterator[LiveStack]:
    living = made(root, **options)
    try:
        yield next(living)
    finally:
        with _uninterrupted():
            next(living, None)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Ctrl-C must not leave behind what the first one ended. Children inherit this."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def family(pid: int) -> list[psutil.Process]:
    """A process and all below it, the eldest first."""
    eldest = psutil.Process(pid)
    return [eldest, *eldest.children(recursive=True)]


def _missing_for_docker() -> str:
    if not _quietly(["docker", "--version"]):
        return "there is no docker command"
    if not _quietly(["docker", "version", "--format", "{{.Server.Version}}"]):
        return "no Docker Engine answers"
    return "" if _quietly(["docker", "compose", "version"]) else "docker has no Compose"


def _quietly(argv: list[str]) -> bool:
    """Did it succeed?"""
    with suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(argv, capture_output=True, timeout=DOCKER_DEADLINE).returncode == 0
    return False
