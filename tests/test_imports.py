"""What a command does not import, because its start-up has a budget: a command pays for each module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smctl.project.project import Project
from smctl.stack.state import State
from smctl.verbs import VERBS
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
SCRIPT = """\
import sys
from smctl.cli import main
main(sys.argv[1:])
sys.stderr.write("\\n" + " ".join(sys.modules))
"""


def imported(*arguments: str, cwd: Path) -> set[str]:
    """The modules that are there after this command line, and each package that they are in."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=cwd,
        env=processes.environment(),
        capture_output=True,
        encoding="utf-8",
    )
    modules = set(done.stderr.splitlines()[-1].split())
    assert "smctl" in modules
    return modules | {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_import_next_to_nothing(option: str, tmp_path: Path) -> None:
    assert not imported(option, cwd=tmp_path) & (
        HEAVY | {"typer", "asyncio", "argparse", "json", "subprocess"}
    )


@pytest.mark.parametrize("arguments", [["status"], ["ls"], ["config"], ["doctor", "--help"]], ids=" ".join)
def test_what_people_type_often_imports_nothing_heavy(arguments: list[str], project: Project) -> None:
    State("embedded", {"web": 8000}).save(project)
    (project.state_dir / "data").mkdir()
    assert not imported(*arguments, cwd=project.root) & (HEAVY | {"asyncio"})


def test_a_verb_imports_no_other_verb(project: Project) -> None:
    verbs = {f"smctl.commands.{module}" for module, _ in VERBS.values()}
    assert imported("config", cwd=project.root) & verbs == {"smctl.commands.config"}
