"""What the doctor sees of the ports, and of the stack that holds them."""

from __future__ import annotations

import os
from pathlib import Path

from smctl.project.project import Project
from smctl.stack import registry
from smctl.stack.state import State, ensure_state_dir
from tests.conftest import make_project
from tests.daemons import supervisor
from tests.doctor.conftest import Find
from tests.sockets import listening


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
