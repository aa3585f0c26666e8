"""One PostgreSQL and one proof of the whole table a Django, for all tests here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.release.migrations import server
from tests.release.migrations.pairs import PAIRS
from tests.release.migrations.proof import Proof, prove
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
def proofs(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Proof]:
    """The proof on a Django, made when it is first asked for."""

    @cache
    def proved(django: str) -> Proof:
        pairs = [pair for pair in PAIRS if pair.first <= django]
        return prove(tmp_path_factory.mktemp("proof"), pairs, postgres, django=django)

    return proved
