"""Ports of a stack: as smctl.toml asks, moved out of the way, remembered, and asked for anew by an edit."""

from __future__ import annotations

import pytest

from smctl.errors import NotHealthy
from smctl.project.project import Project
from smctl.stack import registry
from smctl.stack.allocation import allocate
from smctl.stack.embedded.engine import EmbeddedEngine
from smctl.stack.state import State
from tests.sockets import free_port, listening


def allocated(project: Project, *, strict: bool = False) -> dict[str, int]:
    project = Project(project.root)  # which reads smctl.toml anew
    return allocate(project, EmbeddedEngine(project), strict=strict)[0]


def test_a_stack_gets_what_smctl_toml_asks_for_and_is_known_to_the_machine(project: Project) -> None:
    chosen = allocated(project)
    asked = project.config.dev.ports
    assert chosen == {"web": asked.web, "db": asked.db, "redis": asked.redis}
    assert State.load(project) == State("embedded", chosen, chosen)
    assert [entry["ports"] for entry in registry.stacks()] == [chosen]


def test_a_moved_port_is_remembered_when_the_first_is_free_again(project: Project) -> None:
    with listening(port=project.config.dev.ports.web) as taken:
        moved = allocated(project)["web"]
    assert moved > taken
    assert allocated(project)["web"] == moved


def test_an_edit_of_smctl_toml_is_heard_though_a_port_is_remembered(project: Project) -> None:
    before, edited = allocated(project), free_port()
    file = project.root / "smctl.toml"
    file.write_text(file.read_text().replace(f"web = {before['web']}", f"web = {edited}"))
    assert allocated(project) == {**before, "web": edited}


def test_strict_takes_what_is_asked_for_or_fails(project: Project) -> None:
    with listening(port=project.config.dev.ports.web):
        moved = allocated(project)["web"]
        with pytest.raises(NotHealthy):
            allocated(project, strict=True)
    assert State.load(project).ports["web"] == moved
    assert allocated(project, strict=True)["web"] == project.config.dev.ports.web


def test_a_frontend_has_a_port_only_where_there_is_one(project: Project) -> None:
    assert "frontend" not in allocated(project)
    project.frontend.mkdir()
    (project.frontend / "package.json").write_text("{}")
    assert allocated(project)["frontend"] == project.config.dev.ports.frontend
