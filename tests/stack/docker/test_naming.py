"""Two checkouts on one daemon never share containers or data by accident; a moved one keeps its own."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import pytest

from smctl.errors import Refused, WrongUse
from smctl.project.project import Project
from smctl.stack import registry
from smctl.stack.docker import naming
from tests.conftest import make_project
from tests.stack.docker.conftest import MakeContainer

pytestmark = pytest.mark.docker


@pytest.fixture
def name() -> str:
    return f"shop_{uuid.uuid4().hex[:8]}"


def checkout(root: Path, name: str) -> Project:
    project = make_project(root, name)
    project.env_file.write_text("KEPT=1\n", encoding="utf-8")
    return project


def started(project: Project) -> str:
    """What `smctl up` does to names: claims one, and enters the folder among the machine's stacks."""
    claimed = naming.claim(project)
    registry.register(project, {}, "docker")
    return claimed


def test_the_first_checkout_has_the_projects_own_name(tmp_path: Path, name: str) -> None:
    project = checkout(tmp_path / "one", name)
    assert started(project) == name
    assert project.env_file.read_text() == "KEPT=1\n"


def test_a_second_checkout_gets_a_name_of_its_own_and_writes_it_into_env(tmp_path: Path, name: str) -> None:
    started(checkout(tmp_path / "one", name))
    second = checkout(tmp_path / "two", name)
    own = started(second)
    assert own == f"{name}-{second.path_hash[:6]}"
    text = second.env_file.read_text()
    assert text.startswith("KEPT=1\n") and text.endswith(f"COMPOSE_PROJECT_NAME={own}\n")
    assert started(second) == own and second.env_file.read_text() == text


def test_containers_of_another_folder_count_though_it_never_knew_smctl(
    tmp_path: Path, name: str, make_container: MakeContainer
) -> None:
    (tmp_path / "plain").mkdir()
    make_container(name, tmp_path / "plain")
    second = checkout(tmp_path / "two", name)
    assert started(second) == f"{name}-{second.path_hash[:6]}"


def test_containers_of_a_folder_that_is_gone_are_taken_over(
    tmp_path: Path, name: str, make_container: MakeContainer
) -> None:
    make_container(name, tmp_path / "gone")
    assert started(checkout(tmp_path / "two", name)) == name


def test_a_moved_checkout_keeps_its_name(tmp_path: Path, name: str, make_container: MakeContainer) -> None:
    started(checkout(tmp_path / "other", name))
    before = checkout(tmp_path / "before", name)
    own = started(before)
    make_container(own, before.root)
    after = Project(Path(shutil.move(before.root, tmp_path / "after")))
    assert naming.current(after) == own
    assert started(after) == own


def test_a_copied_checkout_does_not_keep_the_name_of_the_original(tmp_path: Path, name: str) -> None:
    started(checkout(tmp_path / "other", name))
    original = checkout(tmp_path / "original", name)
    own = started(original)
    copy = Project(Path(shutil.copytree(original.root, tmp_path / "copy")))
    assert naming.current(copy) != own
    assert started(copy) == f"{name}-{copy.path_hash[:6]}"
    assert copy.env_file.read_text().count("COMPOSE_PROJECT_NAME=") == 1
    assert naming.current(original) == own


def test_a_name_that_was_chosen_in_env_is_used(tmp_path: Path, name: str) -> None:
    project = checkout(tmp_path / "one", name)
    project.env_file.write_text(f"COMPOSE_PROJECT_NAME={name}_mine\n")
    assert started(project) == f"{name}_mine"


def test_an_env_file_that_is_no_text_is_told_by_its_line(tmp_path: Path, name: str) -> None:
    project = checkout(tmp_path / "one", name)
    project.env_file.write_bytes(b"KEPT=1\nSHOP=b\xfccher\n")
    with pytest.raises(WrongUse) as caught:
        naming.current(project)
    assert (caught.value.code, caught.value.message) == ("env_syntax", ".env line 2 is not UTF-8.")


def test_data_under_a_name_that_another_folder_runs_under_is_not_left_behind_silently(
    tmp_path: Path, name: str, make_container: MakeContainer
) -> None:
    project = checkout(tmp_path / "one", name)
    started(project)
    (tmp_path / "plain").mkdir()
    make_container(name, tmp_path / "plain")
    with pytest.raises(Refused) as caught:
        naming.claim(project)
    assert caught.value.code == "compose_project_taken" and str(tmp_path / "plain") in caught.value.fix
