"""What each check sees, on a real machine that is made ill on purpose."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from smctl.doctor import disk
from smctl.project import env
from smctl.project.project import Project
from smctl.stack import registry
from smctl.stack.state import State, ensure_state_dir
from tests.conftest import make_project
from tests.daemons import docker_daemon, supervisor
from tests.doctor.conftest import Find
from tests.sockets import listening

VERSION = {"/version": (200, {"Version": "27.3.1", "ApiVersion": "1.47"})}


@pytest.fixture
def made(project: Project) -> Project:
    """With a .env as `up` makes it."""
    env.complete(project.env_file, project.root / ".env.example")
    return project


# -- .env


def test_env_as_up_makes_it_is_well(made: Project, find: Find) -> None:
    found = [find(f"env.{name}") for name in ("file", "complete", "secrets", "private")]
    assert [result.status for result in found] == ["ok"] * 4


def test_env_that_is_not_there_yet_is_said_once(find: Find) -> None:
    assert find("env.file").status == "warn"
    assert {find(f"env.{name}").status for name in ("complete", "secrets", "private")} == {"skip"}


def test_env_names_what_is_missing_or_empty_and_shows_no_value(made: Project, find: Find) -> None:
    values = env.read(made.env_file)
    made.env_file.write_text(f"DJANGO_SECRET_KEY={values['DJANGO_SECRET_KEY']}\nPOSTGRES_PASSWORD=\n")
    complete, secrets = find("env.complete"), find("env.secrets")
    assert (complete.status, complete.evidence) == (
        "warn",
        "missing: DEMO_PASSWORD, DJANGO_DEBUG, DATABASE_URL",
    )
    assert (secrets.status, secrets.evidence) == ("fail", "empty: POSTGRES_PASSWORD")
    assert values["DJANGO_SECRET_KEY"] not in repr([complete, secrets])


def test_env_that_others_can_read_fails_and_can_be_mended(made: Project, find: Find) -> None:
    made.env_file.chmod(0o644)
    found = find("env.private")
    assert (found.status, "0644" in found.evidence, "--fix" in found.fix) == ("fail", True, True)
    assert found.mend is not None
    assert found.mend() == f"chmod 0600 {made.env_file}"
    assert stat.S_IMODE(made.env_file.stat().st_mode) == 0o600
    assert find("env.private").status == "ok"


def test_env_with_a_bad_line_fails_by_its_number(made: Project, find: Find) -> None:
    made.env_file.write_text("A=1\nhunter2\n")
    found = find("env.complete")
    assert found.status == "fail" and ".env line 2" in found.evidence
    assert "hunter2" not in repr(found)


def test_env_without_its_example_fails(made: Project, find: Find) -> None:
    (made.root / ".env.example").unlink()
    assert (find("env.complete").status, find("env.complete").fix) == ("fail", "smctl render")


# -- engines


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


# -- ports


def test_a_free_port_is_well(project: Project, find: Find) -> None:
    assert find("ports.web").evidence == f"{project.config.dev.ports.web} is free"


def test_the_holder_of_a_port_is_named(project: Project, find: Find) -> None:
    with listening(port=project.config.dev.ports.db) as port:
        found = find("ports.db")
    assert found.status == "warn"
    assert found.evidence.startswith(f"{port} is taken by ")
    assert f"(pid {os.getpid()})" in found.evidence
    assert "dev.ports.db" in found.fix


def test_a_port_that_this_stack_holds_is_well(project: Project, find: Find) -> None:
    port = project.config.dev.ports.redis
    with supervisor(project, redis={"port": port}), listening(port=port):
        found = find("ports.redis")
    assert (found.status, found.evidence) == ("ok", f"{port} is held by this stack")


def test_a_remembered_port_is_the_one_that_is_looked_at(project: Project, find: Find) -> None:
    with listening() as port:
        State("embedded", {"web": port}).save(project)
        assert find("ports.web").status == "warn"


def test_a_port_of_another_stack_is_named_as_such(project: Project, find: Find, tmp_path: Path) -> None:
    other = make_project(tmp_path / "other")
    ensure_state_dir(other)
    registry.register(other, {"web": project.config.dev.ports.web}, "embedded")
    assert find("ports.web").evidence == f"{project.config.dev.ports.web} is the stack's in {other.root}"


def test_without_a_frontend_its_port_does_not_matter(find: Find) -> None:
    assert (find("ports.frontend").status, find("node.version").status) == ("skip", "skip")


# -- disk


def test_free_space_is_told_in_gb(project: Project, find: Find) -> None:
    found = find("disk.project")
    gigabytes = float(found.evidence.split(" GB free in ")[0])
    assert gigabytes == pytest.approx(shutil.disk_usage(project.root).free / 1e9, abs=1)


def test_little_space_is_a_warning_and_too_little_a_failure(
    find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 10**18  # more than any disk has
    monkeypatch.setattr(disk, "LITTLE", free)
    assert find("disk.project").status == "warn"
    monkeypatch.setattr(disk, "TOO_LITTLE", free)
    assert (find("disk.project").status, bool(find("disk.project").fix)) == ("fail", True)


def test_the_disk_of_docker_is_looked_at_where_it_is_here(
    find: Find, docker_socket: Path, tmp_path: Path
) -> None:
    assert find("disk.docker").status == "skip"
    answers = {"/info": (200, {"DockerRootDir": str(tmp_path)})}
    with docker_daemon(docker_socket, answers):
        assert find("disk.docker").evidence.endswith(f"GB free in {tmp_path}")
        answers["/info"] = (200, {"DockerRootDir": "/in/the/machine/of/docker/desktop"})
        assert find("disk.docker").status == "skip"


# -- python, node, git


def test_the_python_that_runs_smctl_is_told(find: Find) -> None:
    assert (find("python.smctl").status, sys.executable in find("python.smctl").evidence) == ("ok", True)


def test_a_python_that_is_not_here_is_a_warning_with_the_one_instead(
    project: Project, find: Find, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = "3.12" if sys.version_info[:2] != (3, 12) else "3.13"
    file = project.root / "smctl.toml"
    file.write_text(f'{file.read_text()}[stack]\npython = "{other}"\n')
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "pythons"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    found = find("python.stack")
    assert (found.status, found.fix) == ("warn", f"uv python install {other}")
    assert f"there is no Python {other} here" in found.evidence


@pytest.mark.parametrize(
    ("version", "status"), [("v24.1.0", "ok"), ("v20.19.0", "ok"), ("v20.18.3", "warn"), ("v18.0.0", "warn")]
)
def test_a_node_has_to_be_new_enough(
    version: str,
    status: str,
    project: Project,
    find: Find,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    project.frontend.mkdir()
    (project.frontend / "package.json").write_text("{}")
    for name in ("node", "npm"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find("node.version")
    assert found.status == status
    assert found.evidence == (
        f"Node {version[1:]} at {tmp_path}/node" if status == "ok" else "there is no Node 20.19 or newer here"
    )


def test_git_is_well_where_one_can_commit(project: Project, find: Find) -> None:
    assert find("git.program").evidence.startswith("git 2.")
    assert find("git.repository").evidence == str(project.root)
    assert find("git.identity").evidence == "commits are by Test <test@example.com>"


def test_what_git_lacks_is_a_warning_with_the_command(
    project: Project, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert (find("git.identity").status, "user.name" in find("git.identity").fix) == ("warn", True)
    shutil.rmtree(project.root / ".git")
    assert (find("git.repository").status, find("git.repository").fix) == ("warn", "git init")
    (project.root / ".git").write_text("damaged")
    assert "does not take" in find("git.repository").evidence
    monkeypatch.setenv("PATH", "/nowhere")
    assert find("git.program").fix == "install git"


# -- the stack


def test_a_stack_that_is_well_is_told_by_its_services(project: Project, find: Find) -> None:
    with supervisor(project, db={}, redis={}):
        found = find("stack.health")
    assert (found.status, found.evidence) == ("ok", "db, redis are healthy")


def test_an_ill_service_fails_with_its_last_answer(project: Project, find: Find) -> None:
    with supervisor(project, db={}, web={"health": "failing", "detail": "503 Service Unavailable"}):
        found = find("stack.health")
    assert (found.status, found.evidence) == ("fail", "web is running, 503 Service Unavailable")
    assert "smctl logs web" in found.fix


def test_no_stack_and_a_stopped_one_are_no_fault(project: Project, find: Find) -> None:
    assert (find("stack.health").status, find("stack.health").evidence) == ("skip", "there is no stack yet")
    State("embedded", {}).save(project)
    (project.state_dir / "data").mkdir()
    assert (find("stack.health").status, find("stack.health").evidence) == ("skip", "the stack is stopped")
