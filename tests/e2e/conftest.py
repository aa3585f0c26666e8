"""Stacks for the end-to-end tests. Starting one takes seconds, so tests of one file share it.

A test may leave a shared stack in any state: the fixture `stack` repairs it before the next one, with `smctl
up`, which is what `up` is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import conftest as root
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


@pytest.fixture
def stack(embedded: LiveStack) -> LiveStack:
    """An embedded stack that is up and healthy."""
    embedded.up()
    return embedded
