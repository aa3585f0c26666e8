"""Every stack on this machine, in a folder of the machine's own."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from smctl.project.project import Project
from smctl.stack import registry
from smctl.stack.state import ensure_state_dir
from tests.conftest import make_project
from tests.processes import environment


@pytest.fixture
def stack(project: Project) -> Project:
    ensure_state_dir(project)
    registry.register(project, {"web": 8000, "db": 5432}, "embedded")
    return project


def test_a_registered_stack_is_listed(stack: Project) -> None:
    assert registry.stacks() == [
        {"root": str(stack.root), "name": "shop", "engine": "embedded", "ports": {"web": 8000, "db": 5432}}
    ]


def test_registering_again_replaces_the_entry(stack: Project) -> None:
    registry.register(stack, {"web": 8001}, "docker")
    assert [(entry["engine"], entry["ports"]) for entry in registry.stacks()] == [("docker", {"web": 8001})]


def test_two_clones_of_one_project_are_two_stacks(stack: Project, tmp_path: Path) -> None:
    clone = make_project(tmp_path / "clone")
    ensure_state_dir(clone)
    registry.register(clone, {"web": 8001}, "embedded")
    assert {entry["root"] for entry in registry.stacks()} == {str(stack.root), str(clone.root)}
    assert registry.ports_of_others(clone) == {8000: str(stack.root), 5432: str(stack.root)}
    assert registry.ports_of_others(stack) == {8001: str(clone.root)}


@pytest.mark.parametrize("gone", [".smctl", "smctl.toml", "."])
def test_a_stack_whose_folder_is_gone_is_dropped(gone: str, stack: Project, machine: Path) -> None:
    path = stack.root / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert registry.stacks() == []
    assert not list((machine / "stacks").iterdir())


@pytest.mark.parametrize("content", ["", "{", "{}", '{"root": ""}', '{"root": 5}'])
def test_a_damaged_entry_is_dropped_wherever_one_stands(
    content: str, stack: Project, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(stack.root)
    (machine / "stacks" / "0.json").write_text(content)
    assert [entry["root"] for entry in registry.stacks()] == [str(stack.root)]


def test_a_damaged_list_of_ports_is_none(stack: Project, machine: Path, tmp_path: Path) -> None:
    (entry,) = (machine / "stacks").iterdir()
    entry.write_text(f'{{"root": "{stack.root}", "name": "shop", "engine": "docker", "ports": null}}')
    assert registry.ports_of_others(make_project(tmp_path / "other")) == {}


def test_a_forgotten_stack_is_not_listed(stack: Project) -> None:
    registry.forget(stack)
    registry.forget(stack)
    assert registry.stacks() == []


def test_its_folder_is_private(stack: Project, machine: Path) -> None:
    assert stat.S_IMODE(machine.stat().st_mode) == 0o700


def test_ports_are_chosen_by_one_smctl_at_a_time() -> None:
    choosing = "from smctl.stack import registry\nwith registry.choosing_ports(): print('chosen')"
    argv = [sys.executable, "-c", choosing]
    with registry.choosing_ports():
        other = subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment(), encoding="utf-8")
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(timeout=0.3)
    assert other.communicate(timeout=10)[0] == "chosen\n"
