"""status, ls, open, down: what they say of a stack that runs, one that is ill, and one that is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smctl.project import env
from smctl.project.project import Project
from smctl.stack import registry
from smctl.stack.state import State, ensure_state_dir
from tests.conftest import make_project
from tests.daemons import supervisor
from tests.processes import Main

PORTS: dict[str, dict[str, Any]] = {
    "db": {"port": 5433},
    "redis": {"port": 6380},
    "web": {"port": 8001},
    "worker": {},
}
ILL: dict[str, dict[str, Any]] = {
    **PORTS,
    "web": {"port": 8001, "health": "failing", "detail": "503 Service Unavailable"},
}


def test_status_of_a_stack_that_is_well(project: Project, main: Main) -> None:
    values = env.complete(project.env_file, project.root / ".env.example").values
    with supervisor(project, **PORTS):
        done, text = main("status", "--json"), main("status").out
    assert done.code == 0
    assert (done.json["project"], done.json["engine"], done.json["healthy"]) == ("shop", "embedded", True)
    assert [item["name"] for item in done.json["services"]] == ["db", "redis", "web", "worker"]
    assert done.json["services"][2] == {
        "name": "web",
        "state": "running",
        "health": "ok",
        "port": 8001,
        "url": "http://localhost:8001",
        "detail": "answers",
    }
    assert done.json["urls"] == {
        "api": "http://localhost:8001/api/",
        "docs": "http://localhost:8001/api/docs/",
        "redoc": "http://localhost:8001/api/redoc/",
        "admin": "http://localhost:8001/admin/",
        "health": "http://localhost:8001/health",
        "frontend": None,
    }
    assert done.json["login"] == {"email": "demo@example.com", "password": values["DEMO_PASSWORD"]}
    assert "http://localhost:8001/api/docs/" in text and "smctl down" in text
    assert values["POSTGRES_PASSWORD"] not in text + done.out


def test_status_of_a_stack_that_is_ill_is_exit_3(project: Project, main: Main) -> None:
    with supervisor(project, **ILL):
        done, text = main("status", "--json"), main("status")
    assert (done.code, done.json["healthy"]) == (3, False)
    assert done.json["services"][2]["health"] == "failing"
    assert (text.code, text.err) == (3, "Not healthy. → smctl up\n")
    assert "503 Service Unavailable" in text.out


def test_open_prints_the_page_that_is_asked_for(project: Project, main: Main) -> None:
    with supervisor(project, **PORTS):
        assert main("open", "admin", "--print").out == "http://localhost:8001/admin/\n"
        assert main("open", "--json").json == {
            "name": "docs",
            "url": "http://localhost:8001/api/docs/",
            "opened": False,
        }
        absent, unknown = main("open", "frontend", "--json"), main("open", "adimn", "--json")
    assert (absent.code, absent.error_code) == (3, "not_running")
    assert (unknown.code, unknown.json["error"]["fix"]) == (2, 'did you mean "admin"?')


def test_ls_lists_every_stack_and_how_it_is(project: Project, main: Main, tmp_path: Path) -> None:
    other = make_project(tmp_path / "other", "other")
    for one, ports in ((project, {"web": 8001}), (other, {"web": 8002})):
        ensure_state_dir(one)
        State("embedded", ports).save(one)
        registry.register(one, ports, "embedded")
    with supervisor(project, **PORTS):
        stacks = {item["name"]: item for item in main("ls", "--json").json["stacks"]}
        text = main("ls").out
    assert {name: item["state"] for name, item in stacks.items()} == {"shop": "healthy", "other": "stopped"}
    assert stacks["other"]["root"] == str(other.root)
    assert "http://localhost:8001" in text and "http://localhost:8002" not in text


def test_ls_shows_the_others_when_one_is_broken(project: Project, main: Main, tmp_path: Path) -> None:
    other = make_project(tmp_path / "other", "other")
    for one in (project, other):
        ensure_state_dir(one)
        State("embedded", {}).save(one)
        registry.register(one, {}, "embedded")
    (other.state_dir / "data").mkdir()
    (other.root / "smctl.toml").write_text("[broken")
    stacks = main("ls", "--json").json["stacks"]
    assert {item["name"]: item["state"] for item in stacks} == {"shop": "stopped", "other": "stopped"}


def test_ls_of_a_machine_without_stacks_says_how_to_start_one(main: Main) -> None:
    assert main("ls", "--json").json == {"stacks": []}
    assert "smctl up" in main("ls").out


def test_down_of_what_never_ran_is_no_error(main: Main) -> None:
    done = main("down", "--json")
    assert (done.code, done.json["engine"], done.json["data_removed"]) == (0, None, False)


def test_down_with_volumes_removes_data_and_frees_the_choice_of_engine(project: Project, main: Main) -> None:
    State("embedded", {"web": 8001}, {"web": 8000}).save(project)
    registry.register(project, {"web": 8001}, "embedded")
    kept = project.state_dir / "data" / "postgres"
    kept.mkdir(parents=True)
    assert main("down").code == 0
    assert kept.exists()
    done = main("down", "--volumes", "--json")
    assert (done.json["engine"], done.json["data_removed"]) == ("embedded", True)
    assert not kept.exists()
    assert State.load(project) == State("", {"web": 8001}, {"web": 8000})
    assert registry.stacks() == []


@pytest.mark.parametrize("verb", ["restart", "run"])
def test_a_stopped_stack_is_said_to_be_stopped(verb: str, project: Project, main: Main) -> None:
    State("embedded", {}).save(project)
    (project.state_dir / "data").mkdir()
    done = main("--json", verb, *(["web", "--", "true"] if verb == "run" else []))
    assert (done.code, done.error_code, done.json["error"]["fix"]) == (3, "not_running", "smctl up")


def test_run_needs_a_command(project: Project, main: Main) -> None:
    with supervisor(project, **PORTS):
        done = main("run", "web", "--json")
    assert (done.code, done.json["error"]["fix"]) == (2, "smctl run web -- COMMAND")
