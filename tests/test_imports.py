"""What a command does not import, because its start-up has a budget: a command pays for each module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smctl.project.project import Project
from smctl.stack.state import State
from tests import processes

HEAVY = {
    "rich",
    "httpx",
    "docker",
    "pydantic",
    "psutil",
    "jinja2",
    "python_on_whales",
    "watchfiles",
    "requests",
}


def imported(*arguments: str, cwd: Path) -> set[str]:
    """The top-level packages that this command line imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "smctl", *arguments],
        cwd=cwd,
        env=processes.environment(),
        capture_output=True,
        encoding="utf-8",
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_version_imports_next_to_nothing(tmp_path: Path) -> None:
    modules = imported("--version", cwd=tmp_path)
    assert "smctl" in modules
    assert not modules & (HEAVY | {"typer", "asyncio", "argparse", "json", "subprocess"})


@pytest.mark.parametrize("arguments", [["--help"], ["status"], ["ls"], ["config"]], ids=" ".join)
def test_what_people_type_often_imports_nothing_heavy(arguments: list[str], project: Project) -> None:
    State("embedded", {"web": 8000}).save(project)
    (project.state_dir / "data").mkdir()
    assert not imported(*arguments, cwd=project.root) & (HEAVY | {"asyncio"})


def test_help_imports_no_verb(project: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "smctl", "--help"],
        cwd=project.root,
        env=processes.environment(),
        capture_output=True,
        encoding="utf-8",
    )
    assert "smctl.commands.invocation" in done.stderr
    assert "smctl.commands.up" not in done.stderr and "smctl.stack" not in done.stderr
