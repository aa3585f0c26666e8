"""migrate, makemigrations, psql, seed, test: what they refuse before anything runs."""

from __future__ import annotations

import pytest

from smctl.project.project import Project
from smctl.stack.state import State
from tests.daemons import supervisor
from tests.processes import Main

PORTS: dict[str, dict[str, int]] = {"db": {"port": 5433}, "web": {"port": 8001}}
VERBS = (["migrate"], ["makemigrations"], ["psql"], ["seed"], ["test"])


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_a_stopped_stack_is_said_to_be_stopped(verb: list[str], project: Project, main: Main) -> None:
    State("embedded", {}).save(project)
    (project.state_dir / "data").mkdir()
    text = main(*verb)
    assert (text.code, text.out) == (3, "") and text.err.endswith("  → smctl up\n")
    if verb != ["psql"]:
        done = main(*verb, "--json")
        assert (done.code, done.error_code, done.json["error"]["fix"]) == (3, "not_running", "smctl up")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--users=-1"],
        ["--users=1000001"],
        ["--users=many"],
        ["--users=1.5"],
        ["--products=-1"],
        ["--customers=x"],
        ["--as-of=2026-13-01"],
        ["--as-of=20261122"],
        ["--as-of=yesterday"],
        ["--as-of=2026-11-22T10:00"],
        ["5"],
    ],
    ids=" ".join,
)
def test_a_bad_value_of_seed_is_refused_before_anything_is_looked_at(
    arguments: list[str], project: Project, main: Main
) -> None:
    done = main("seed", *arguments, "--json")
    assert (done.code, done.error_code) == (2, "usage")
    assert done.json["error"]["fix"]


def test_psql_has_no_json_of_its_own(project: Project, main: Main) -> None:
    with supervisor(project, **PORTS):
        done = main("psql", "--json")
    assert (done.code, done.error_code) == (2, "usage")
    assert "json_agg" in done.json["error"]["fix"]


def test_a_suite_that_there_is_not_is_refused_with_the_nearest(project: Project, main: Main) -> None:
    done = main("test", "bakend", "--json")
    assert (done.code, done.error_code) == (2, "no_such_suite")
    assert done.json["error"]["fix"] == 'did you mean "backend"?'
    assert main("test", "health", "--json").json["error"]["fix"] == "smctl test backend -- health"


@pytest.mark.parametrize(
    "arguments", [["tests/test_api.py"], ["--", "-k", "health"], ["--", "tests/"]], ids=" ".join
)
def test_arguments_of_pytest_need_no_suite_before_them(
    arguments: list[str], project: Project, main: Main
) -> None:
    done = main("--json", "test", *arguments)
    assert (done.code, done.error_code) == (3, "not_running")
