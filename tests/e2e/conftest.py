"""Stacks for the end-to-end tests. Starting one takes seconds, so tests of one file share it.

A test may leave a shared stack in any state: the fixture `stack` repairs it before the next one, with `smctl
up`, which is what `up` is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests import conftest as root
from tests.e2e.docker_stack import docker_stack
from tests.e2e.live import LiveStack, made


@pytest.fixture(scope="session", autouse=True)
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One for all end-to-end tests: stacks have to see each other's ports."""
    folder = tmp_path_factory.mktemp("machine")
    with pytest.MonkeyPatch.context() as patch:
        root.isolate(patch, folder)
        yield folder / "smctl"


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    yield from made(tmp_path_factory.mktemp("embedded") / "shop")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("embedded", marks=pytest.mark.embedded),
        pytest.param("docker", marks=pytest.mark.docker),
    ],
)
def each(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    """A stack that is up, first on the one engine and then on the other."""
    root = tmp_path_factory.mktemp(f"each-{request.param}") / "shop"
    with ExitStack() as ending:
        if request.param == "docker":
            docker = ending.enter_context(docker_stack(root))
            docker.name_in_env_file()
            stack: LiveStack = docker
        else:
            stack = ending.enter_context(contextmanager(made)(root))
        stack.up()
        yield stack


@pytest.fixture
def stack(embedded: LiveStack) -> LiveStack:
    """An embedded stack that is up and healthy."""
    embedded.up()
    return embedded
