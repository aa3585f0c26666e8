"""The project is the nearest folder at or above that has a smctl.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from smctl.errors import WrongUse
from smctl.project.project import Project
from tests.conftest import make_project


def test_it_is_found_from_a_folder_below(project: Project) -> None:
    below = project.root / "backend" / "apps" / "core"
    below.mkdir(parents=True)
    assert Project.find(below) == project == Project.find(project.root)


def test_the_nearest_one_wins(project: Project) -> None:
    inner = make_project(project.root / "inner")
    assert Project.find(inner.root) == inner


def test_a_folder_of_that_name_is_no_project_file(project: Project) -> None:
    (project.root / "below" / "smctl.toml").mkdir(parents=True)
    assert Project.find(project.root / "below") == project


def test_a_link_to_it_is_the_same_project(project: Project, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(project.root)
    assert Project.find(link).path_hash == project.path_hash


def test_two_folders_have_two_hashes(project: Project, tmp_path: Path) -> None:
    assert make_project(tmp_path / "দোকান two").path_hash != project.path_hash


def test_no_project_is_wrong_use_and_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(WrongUse) as caught:
        Project.find(tmp_path)
    assert caught.value.code == "no_project"
    assert str(tmp_path) in caught.value.message


def test_no_folder_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse) as caught:
        Project.find(tmp_path / "nowhere")
    assert caught.value.code == "no_such_folder"


def test_a_frontend_needs_a_package_json_and_the_setting(project: Project) -> None:
    assert not project.has_frontend
    project.frontend.mkdir()
    (project.frontend / "package.json").write_text("{}")
    assert project.has_frontend
    source = (project.root / "smctl.toml").read_text()
    (project.root / "smctl.toml").write_text(source + "frontend = false\n")
    assert not Project.find(project.root).has_frontend
