"""What the doctor sees of the disk, of Python, Node and git."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from smctl.doctor import disk
from smctl.project.project import Project
from tests.daemons import docker_daemon
from tests.doctor.conftest import Find


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
