"""Commands that start nothing: what of their time is Python's, or Docker's own."""

from __future__ import annotations

from collections.abc import Iterator

from bench.rows import Row
from bench.samples import INTERPRETER, command, quick
from bench.stacks import Stacks
from tests.processes import argv

PYTHON = "python -c pass"
DOCKER_PS = "docker ps"


def start(stacks: Stacks, rounds: int) -> Iterator[Row]:
    root = stacks.embedded.root
    version, help_, python = quick(
        rounds,
        lambda: command(argv("--version"), root),
        lambda: command(argv("--help"), root),
        lambda: command(INTERPRETER, root),
    )
    yield Row("smctl --version", version, PYTHON, python, budget=0.025)
    yield Row("smctl --help", help_, PYTHON, python, budget=0.080)


def status(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.embedded
    stack.up()
    ours, python = quick(
        rounds, lambda: command(argv("status"), stack.root), lambda: command(INTERPRETER, stack.root)
    )
    yield Row("smctl status, embedded", ours, PYTHON, python, budget=0.080)


def status_docker(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.docker
    stack.up()
    ours, docker = quick(
        rounds, lambda: command(argv("status"), stack.root), lambda: command(["docker", "ps"], stack.root)
    )
    yield Row("smctl status, docker", ours, DOCKER_PS, docker, budget=0.200)


def again(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.embedded
    stack.up()
    ours, python = quick(
        rounds, lambda: command(argv("up"), stack.root), lambda: command(INTERPRETER, stack.root)
    )
    yield Row("smctl up, already healthy, embedded", ours, PYTHON, python, budget=0.150)


def again_docker(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.docker
    stack.up()
    ours, docker = quick(
        rounds, lambda: command(argv("up"), stack.root), lambda: command(["docker", "ps"], stack.root)
    )
    yield Row("smctl up, already healthy, docker", ours, DOCKER_PS, docker, budget=0.400)
