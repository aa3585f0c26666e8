"""What git says of a project, and that nothing breaks where it says nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from smctl.project import git
from smctl.project.project import Project


def test_head_is_the_commit_that_is_checked_out(project: Project) -> None:
    assert git.head(project.root) == "unknown"
    subprocess.run(
        ["git", "-C", project.root, "commit", "--quiet", "--allow-empty", "-m", "first"], check=True
    )
    assert len(git.head(project.root)) == 40


def test_the_top_of_the_repository_is_found_from_below(project: Project, tmp_path: Path) -> None:
    below = project.root / "a"
    below.mkdir()
    assert Path(git.top_level(below)) == project.root
    assert git.top_level(tmp_path) == ""


def test_a_setting_is_the_one_that_holds_in_the_project(project: Project) -> None:
    assert git.setting(project.root, "user.email") == "test@example.com"
    subprocess.run(["git", "-C", project.root, "config", "user.email", "mine@example.com"], check=True)
    assert git.setting(project.root, "user.email") == "mine@example.com"
    assert git.setting(project.root, "no.such") == ""


def test_without_git_nothing_is_known_and_nothing_breaks(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert git.version()
    monkeypatch.setenv("PATH", "/nowhere")
    assert (git.version(), git.head(project.root), git.top_level(project.root)) == ("", "unknown", "")
