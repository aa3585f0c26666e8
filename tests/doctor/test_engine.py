"""What the doctor sees of Docker, of the embedded servers, and of the choice between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from smctl.project.project import Project
from smctl.stack.state import State
from tests.daemons import docker_daemon
from tests.doctor.conftest import Find

VERSION = {"/version": (200, {"Version": "27.3.1", "ApiVersion": "1.47"})}


def test_no_docker_is_no_fault(find: Find) -> None:
    found = find("engine.docker")
    assert (found.status, found.fix) == ("skip", "")
    assert "No Docker daemon answers." in found.evidence


def test_docker_tells_its_version(find: Find, docker_socket: Path) -> None:
    with docker_daemon(docker_socket, VERSION):
        found = find("engine.docker")
    assert (found.status, found.evidence) == ("ok", "Docker 27.3.1, API 1.47")


def test_docker_that_is_too_old_is_a_warning(find: Find, docker_socket: Path) -> None:
    words = "client version 1.44 is too new. Maximum supported API version is 1.41"
    with docker_daemon(docker_socket, {"/version": (400, {"message": words})}):
        found = find("engine.docker")
    assert (found.status, found.fix) == ("warn", "update Docker")


def test_docker_that_answers_with_an_error_is_told(
    find: Find, docker_socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (500, {"message": "something broke"})
    with docker_daemon(docker_socket, {"/version": broken}):
        found = [find("engine.docker")]
    with docker_daemon(docker_socket.with_name("2"), {**VERSION, "/info": broken, "/images/json": broken}):
        monkeypatch.setenv("DOCKER_HOST", f"unix://{docker_socket.with_name('2')}")
        found += [find("disk.docker"), find("engine.up")]
    assert [result.status for result in found] == ["warn", "warn", "fail"]
    assert all("something broke" in result.evidence for result in found)


def test_up_takes_the_embedded_engine_where_no_docker_answers(find: Find) -> None:
    found = find("engine.up")
    assert (found.status, found.evidence) == ("ok", "embedded, because no Docker daemon answers")


def test_up_fails_where_neither_engine_can_run(
    find: Find, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SMCTL_PG_BIN", str(tmp_path))
    assert find("engine.postgres").status == "warn"
    found = find("engine.up")
    assert (found.status, "There is no PostgreSQL 18" in found.evidence) == ("fail", True)
    assert "SMCTL_PG_BIN" in found.fix


def test_up_fails_where_docker_has_the_data_and_does_not_answer(project: Project, find: Find) -> None:
    State("docker", {}).save(project)
    found = find("engine.up")
    assert (found.status, found.evidence) == (
        "fail",
        "docker, because it has the data; but no Docker daemon answers",
    )


def test_the_engine_of_smctl_toml_is_taken(project: Project, find: Find) -> None:
    file = project.root / "smctl.toml"
    file.write_text(file.read_text().replace('"auto"', '"embedded"'))
    assert find("engine.up").evidence == "embedded, because smctl.toml says so"


def test_the_embedded_servers_are_found(find: Find) -> None:
    assert "PostgreSQL 18 in /" in find("engine.postgres").evidence
    assert find("engine.redis").status == "ok"
