"""The frontend's packages: installed when they are missing or the lock is newer, and not otherwise."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from smctl.errors import SmctlError, WrongUse
from smctl.project.project import Project
from smctl.stack import frontend

# One package, which lies beside: no registry is asked.
NEEDED = {"here": "file:here"}
PACKAGE = {"name": "small", "version": "1.0.0", "scripts": {"test": "node --version"}, "dependencies": NEEDED}
LOCK = {
    "name": "small",
    "version": "1.0.0",
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "small", "version": "1.0.0", "dependencies": NEEDED},
        "here": {"version": "1.0.0"},
        "node_modules/here": {"resolved": "here", "link": True},
    },
}


@pytest.fixture
def folder(project: Project) -> Path:
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine")
    (project.frontend / "here").mkdir(parents=True)
    (project.frontend / "here" / "package.json").write_text('{"name": "here", "version": "1.0.0"}')
    (project.frontend / "package.json").write_text(json.dumps(PACKAGE))
    (project.frontend / "package-lock.json").write_text(json.dumps(LOCK))
    return project.frontend


def steps(project: Project) -> list[str]:
    said = list[str]()
    frontend.ready(project, on_step=said.append)
    return said


def test_packages_are_installed_once_and_again_for_a_newer_lock(project: Project, folder: Path) -> None:
    assert steps(project) == ["installing the frontend's packages"]
    assert steps(project) == []
    record = folder / "node_modules" / ".package-lock.json"
    later = record.stat().st_mtime + 5
    os.utime(folder / "package-lock.json", (later, later))
    assert steps(project) == ["installing the frontend's packages"]


def test_a_lock_that_cannot_be_installed_is_told_with_what_npm_said(project: Project, folder: Path) -> None:
    lock = {**LOCK, "packages": {"": {"name": "small", "version": "1.0.0"}}}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    with pytest.raises(SmctlError) as caught:
        frontend.ready(project, on_step=lambda _: None)
    assert caught.value.code == "packages_unavailable" and "npm" in caught.value.why


def test_a_command_says_its_lines_and_gives_its_exit_status(project: Project, folder: Path) -> None:
    said = list[str]()
    done = frontend.captured(project, ["npm", "test"], env={}, on_line=said.append)
    assert (done.status, done.stdout) == (0, "") and any(line.startswith("v") for line in said)
    assert frontend.captured(project, ["npm", "run", "nosuch"], env={}, on_line=said.append).status == 1


def test_a_project_without_a_frontend_says_so(project: Project) -> None:
    with pytest.raises(WrongUse, match="has no frontend"):
        frontend.ready(project, on_step=lambda _: None)
