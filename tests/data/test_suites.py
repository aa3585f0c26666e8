"""How pytest is called: in a process for each processor, unless somebody has other plans."""

from __future__ import annotations

import pytest

from smctl.data.suites import argv


@pytest.mark.parametrize(
    ("processors", "processes"), [(1, ""), (2, "-n 2 --dist loadfile"), (64, "-n 4 --dist loadfile")]
)
def test_the_whole_suite_runs_on_every_processor_up_to_four(processors: int, processes: str) -> None:
    assert argv([], processors=processors) == ["python", "-m", "pytest", *processes.split()]
    assert argv(["-q", "--cov=apps"], processors=processors)[3:] == [*processes.split(), "-q", "--cov=apps"]


@pytest.mark.parametrize(
    "words",
    [["-n", "3"], ["-n0"], ["--numprocesses=2"], ["--pdb"], ["--collect-only"]],
    ids=" ".join,
)
def test_who_says_how_many_or_talks_with_a_test_gets_none_of_ours(words: list[str]) -> None:
    assert argv(words, processors=2) == ["python", "-m", "pytest", *words]


@pytest.mark.parametrize(
    "words",
    [["-k", "health"], ["-m", "slow"], ["--lf"], ["tests/test_api.py"], ["tests/test_api.py::test_one"]],
    ids=" ".join,
)
def test_a_few_tests_run_in_one_process_because_more_take_longer_to_start(words: list[str]) -> None:
    assert argv(words, processors=2) == ["python", "-m", "pytest", *words]
