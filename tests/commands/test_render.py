"""`smctl render`, as a person runs it."""

from __future__ import annotations

from smctl.project.project import Project
from tests.processes import Smctl


def test_it_writes_the_files_once_and_then_has_nothing_to_do(project: Project, smctl: Smctl) -> None:
    first = smctl("render", "--json").json["files"]
    assert (project.root / "backend" / "Dockerfile").is_file()
    assert {file["path"] for file in first if file["written"]} >= {"docker-compose.yml", "Dockerfile"}
    again = smctl("render", "--json").json
    assert not any(file["written"] for file in again["files"]) and not again["drift"]


def test_check_names_what_differs_writes_nothing_and_fails(project: Project, smctl: Smctl) -> None:
    smctl("render", ".env.example", "docker-compose.yml", ".dockerignore")
    edited = project.root / ".dockerignore"
    edited.write_text(edited.read_text() + "more\n")
    done = smctl("render", "--check")
    assert done.code == 1
    assert ".dockerignore" in done.err and "docker-compose.yml" not in done.err
    assert edited.read_text().endswith("more\n")
    assert not (project.root / "Dockerfile").exists()


def test_check_of_unchanged_files_succeeds(project: Project, smctl: Smctl) -> None:
    smctl("render")
    smctl("render", ".env.example")
    assert smctl("render", "--check", "docker-compose.yml").code == 0


def test_a_file_that_is_the_users_is_named_and_is_no_drift(project: Project, smctl: Smctl) -> None:
    smctl("render")
    (project.root / ".dockerignore").write_text("mine\n")
    done = smctl("render", "--check", ".dockerignore")
    assert done.code == 0 and "yours" in done.out
    smctl("render")
    assert (project.root / ".dockerignore").read_text() == "mine\n"


def test_diff_shows_the_change_and_writes_nothing(project: Project, smctl: Smctl) -> None:
    done = smctl("render", "--diff", "docker-compose.yml")
    assert done.code == 0 and "+name: shop" in done.out
    assert not (project.root / "docker-compose.yml").exists()


def test_a_name_that_is_not_generated_is_refused_with_the_nearest(project: Project, smctl: Smctl) -> None:
    done = smctl("render", "docker-compse.yml", "--json")
    assert done.code == 2 and done.error_code == "not_generated"
    assert "docker-compose.yml" in done.json["error"]["fix"]


def test_a_path_is_understood_from_a_folder_below(project: Project, smctl: Smctl) -> None:
    (project.root / "backend").mkdir()
    assert smctl("render", "Dockerfile", cwd=project.root / "backend").code == 0
    assert (project.root / "backend" / "Dockerfile").is_file() and not (project.root / "Dockerfile").exists()
