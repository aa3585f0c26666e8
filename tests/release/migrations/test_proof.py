"""Each verdict of the table, proved: the older code's own test runs on the schema of the newer code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.release.migrations.pairs import PAIRS
from tests.release.migrations.pairs.pair import HARMLESS, IMPOSSIBLE, REVERSING, Pair
from tests.release.migrations.proof import Proof, targets

Proofs = Callable[[str], Proof]

DJANGOS = ("5.2", "4.2")
CASES = [
    pytest.param(django, pair, id=f"{pair.name}-{django}")
    for django in DJANGOS
    for pair in PAIRS
    if pair.first <= django
]
every_pair = pytest.mark.parametrize(("django", "pair"), CASES)


def of(verdict: str) -> pytest.MarkDecorator:
    chosen = [case for case in CASES if case.values[1].verdict == verdict]  # type: ignore[union-attr]
    return pytest.mark.parametrize(("django", "pair"), chosen)


def test_the_table_has_enough_pairs() -> None:
    assert len({pair.name for pair in PAIRS}) == len(PAIRS) >= 30


@every_pair
def test_the_verdict_is_that_of_the_table(proofs: Proofs, django: str, pair: Pair) -> None:
    judgement = proofs(django).judgements[pair.name]
    assert judgement.verdict == pair.verdict, judgement
    assert targets(pair.name, judgement) == list(pair.plan)


@every_pair
def test_the_older_code_passes_on_its_own_schema(proofs: Proofs, django: str, pair: Pair) -> None:
    assert proofs(django).own[pair.name] == ""


@of(HARMLESS)
def test_the_older_code_passes_on_a_newer_schema_that_is_called_harmless(
    proofs: Proofs, django: str, pair: Pair
) -> None:
    assert proofs(django).newer[pair.name] == ""


@of(REVERSING)
def test_what_needs_reversing_breaks_the_older_code_until_the_plan_was_run(
    proofs: Proofs, django: str, pair: Pair
) -> None:
    assert bool(proofs(django).newer[pair.name]) is not bool(pair.too_strict), proofs(django).newer[pair.name]
    assert (proofs(django).back[pair.name], proofs(django).after[pair.name]) == ("", "")


@of(IMPOSSIBLE)
def test_what_is_impossible_breaks_the_older_code_and_stays_broken(
    proofs: Proofs, django: str, pair: Pair
) -> None:
    assert bool(proofs(django).newer[pair.name]) is not bool(pair.too_strict), proofs(django).newer[pair.name]
    assert proofs(django).back[pair.name] or proofs(django).after[pair.name]
    assert proofs(django).judgements[pair.name].way_through


@pytest.mark.parametrize(
    ("django", "pair"), [case for case in CASES if case.values[1].caution]  # type: ignore[union-attr]
)
def test_a_caution_is_true(proofs: Proofs, django: str, pair: Pair) -> None:
    assert any(item.caution for item in proofs(django).judgements[pair.name].migrations)
    assert proofs(django).caution_before[pair.name] == ""
    assert proofs(django).caution[pair.name]
