"""One PostgreSQL and one proof of the whole table a Django, for all tests here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from smctl.project.project import Project
from smctl.stack.embedded import environment
from tests.release.migrations import proof_project, server
from tests.release.migrations.pairs import PAIRS
from tests.release.migrations.proof import PYTHON, Proof, prove
from tests.release.migrations.server import Server


@pytest.fixture(scope="session", autouse=True)
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For the whole session, because the proof is."""
    from tests.conftest import isolate

    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, tmp_path_factory.mktemp("machine"))
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server.running(tmp_path_factory.mktemp("server") / "proof") as running:
        yield running


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder with the environment of a Django, made when it is first asked for."""

    @cache
    def made(django: str) -> Path:
        project = Project(tmp_path_factory.mktemp("environment"))
        proof_project.write(project.root, [], django=django, python=PYTHON)
        return environment.ensure(project, print).parent

    return made


@pytest.fixture(scope="session")
def proofs(
    postgres: Server, environments: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Proof]:
    """The proof on a Django, made when it is first asked for."""

    @cache
    def proved(django: str) -> Proof:
        pairs = [pair for pair in PAIRS if pair.first <= django]
        root = tmp_path_factory.mktemp("proof")
        return prove(root, pairs, postgres, environments(django), django=django)

    return proved
