"""lint, ci and test: with the real tools, on a project that is as small as they let it be."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smctl.project import checks
from smctl.project.project import Project
from tests.daemons import supervisor
from tests.processes import Done, Main

PORTS: dict[str, dict[str, int]] = {"db": {"port": 5433}, "web": {"port": 8001}}
MANAGE = """\
import sys

print("manage.py", *sys.argv[1:])
"""
# For black two spaces too few, for isort the wrong order, for flake8 a name that nobody uses, for mypy a lie.
BROKEN = """\
import os
import abc


def area(side: int) -> int:
  return str(side * side)
"""
WELL = """\
def area(side: int) -> int:
    return side * side
"""
NPM_SCRIPTS = {
    "format:check": "node format.js --check",
    "format": "node format.js",
    "lint": "node -e \"console.log('linted')\"",
    "typecheck": "node -e \"console.log('typed')\"",
    "test": "node test.js",
    "build": 'node -e "console.log(process.env.REACT_APP_API_URL)"',
}
FORMAT = """\
import { readFileSync, writeFileSync } from "node:fs";
const text = readFileSync("page.txt", "utf8");
if (process.argv.includes("--check")) process.exit(text === text.trimEnd() + "\\n" ? 0 : 1);
writeFileSync("page.txt", text.trimEnd() + "\\n");
"""


@pytest.fixture
def small(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project whose stack runs, with a backend of one module; its tools are those of these tests."""
    tools = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    (project.backend / "requirements").mkdir(parents=True)
    (project.backend / "requirements" / "5.2-dev.txt").write_text("# nothing\n")
    (project.backend / "manage.py").write_text(MANAGE)
    (project.backend / "shapes.py").write_text(WELL)
    with supervisor(project, **PORTS):
        yield project


@pytest.fixture
def small_frontend(project: Project) -> Path:
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine")
    project.frontend.mkdir()
    package = {"name": "small", "version": "1.0.0", "type": "module", "scripts": NPM_SCRIPTS}
    lock = {"name": "small", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "small"}}}
    (project.frontend / "package.json").write_text(json.dumps(package))
    (project.frontend / "package-lock.json").write_text(json.dumps(lock))
    (project.frontend / "format.js").write_text(FORMAT)
    (project.frontend / "test.js").write_text('console.log("      Tests  3 passed (3)");\n')
    (project.frontend / "page.txt").write_text("well\n")
    return project.frontend


def statuses(done: Done) -> dict[str, str]:
    return {one["name"]: one["status"] for one in done.json["checks"]}


def test_lint_finds_what_each_tool_finds_and_tells_all_of_it_at_the_end(small: Project, main: Main) -> None:
    (small.backend / "shapes.py").write_text(BROKEN)
    done = main("lint", "backend")
    assert done.code == 1
    lines = [line.split()[1:3] for line in done.err.splitlines()]
    failed = [["black", "FAILED"], ["isort", "FAILED"], ["flake8", "FAILED"], ["mypy", "FAILED"]]
    assert lines == [*failed, ["migrations", "ok"], ["schema", "ok"]]
    for evidence in ("would reformat", "incorrectly sorted", "F401", "Incompatible return value"):
        assert evidence in done.out
    assert "backend black: black --check .   (in backend, exit status 1)" in done.out
    assert "→ smctl lint --fix backend" in done.out
    assert done.out.splitlines()[-1].startswith("4 of 6 checks failed in ")


def test_fix_mends_what_formatters_can_mend_and_still_tells_the_rest(small: Project, main: Main) -> None:
    (small.backend / "shapes.py").write_text(BROKEN)
    done = main("lint", "--fix", "backend", "--json")
    assert done.code == 1 and not done.json["ok"]
    found = statuses(done)
    assert (found["black"], found["isort"], found["flake8"], found["mypy"]) == (
        "ok",
        "ok",
        "failed",
        "failed",
    )
    assert (small.backend / "shapes.py").read_text().startswith("import abc\nimport os\n")
    [flake8] = [one for one in done.json["checks"] if one["name"] == "flake8"]
    assert any("F401" in line for line in flake8["output"])


def test_what_is_well_is_one_line_and_exit_status_0(small: Project, main: Main) -> None:
    done = main("lint", "backend")
    assert done.code == 0 and re.fullmatch(r"6 checks passed in .* m?s\.\n", done.out)


def test_generated_files_need_no_stack_and_fix_writes_them(project: Project, main: Main) -> None:
    assert main("lint", "files").code == 1
    assert main("lint", "files", "--fix").code == 0
    assert (project.root / "docker-compose.yml").is_file()
    assert main("lint", "files", "--json").json["ok"]


def test_without_a_running_stack_nothing_is_checked_halfway(project: Project, main: Main) -> None:
    done = main("lint", "--json")
    assert (done.code, done.error_code, done.json["error"]["fix"]) == (3, "not_running", "smctl up")


def test_ci_runs_every_check_in_order_and_goes_on_after_a_failure(
    small: Project, small_frontend: Path, main: Main
) -> None:
    done = main("ci", "--json")
    every = checks.all_of(api="", has_frontend=True)
    assert [(one["part"], one["name"]) for one in done.json["checks"]] == [
        (one.part, one.name) for one in every
    ]
    failed = {f"{one['part']} {one['name']}" for one in done.json["checks"] if one["status"] == "failed"}
    # Nothing was rendered, and these tests' pytest has no coverage.
    assert done.code == 1 and failed == {"files generated", "backend tests"}
    assert done.json["seconds"] > 0


def test_the_frontend_is_checked_beside_the_stack_and_mended(
    project: Project, small_frontend: Path, main: Main
) -> None:
    (small_frontend / "page.txt").write_text("ill   \n\n")
    assert main("lint", "frontend").code == 1
    done = main("lint", "frontend", "--fix", "--verbose")
    assert done.code == 0 and "linted" in done.err and "typed" in done.err
    assert (small_frontend / "page.txt").read_text() == "ill\n"


def test_the_frontends_tests_are_a_suite_with_arguments_of_its_own(
    project: Project, small_frontend: Path, main: Main
) -> None:
    (small_frontend / "test.js").write_text(
        "console.log('      Tests  3 passed (3)');\nconsole.log(process.argv.slice(2).join());\n"
    )
    done = main("test", "--json", "frontend", "--", "--run", "src/polling.test.ts")
    assert done.code == 0 and "--run,src/polling.test.ts" in done.err
    assert done.json["suite"] == "frontend" and done.json["summary"] == "3 passed (3)"
    (small_frontend / "test.js").write_text("process.exit(3);\n")
    assert main("test", "--json", "frontend").code == 3


def test_all_suites_are_run_whatever_became_of_the_first(
    small: Project, small_frontend: Path, main: Main
) -> None:
    (small.backend / "test_shapes.py").write_text("def test_it() -> None:\n    assert False\n")
    done = main("test", "all", "--json")
    assert done.code == 1
    assert [(one["suite"], one["exit_status"]) for one in done.json["suites"]] == [
        ("backend", 1),
        ("frontend", 0),
    ]
    assert "backend: 1 failed" in done.json["summary"] and "frontend: 3 passed (3)" in done.json["summary"]


def test_arguments_for_all_suites_are_refused(project: Project, main: Main) -> None:
    done = main("--json", "test", "all", "--", "-k", "health")
    assert (done.code, done.error_code) == (2, "usage")
    assert done.json["error"]["fix"] == "smctl test backend -- -k health"


def test_a_part_that_there_is_not_is_refused_with_the_nearest(project: Project, main: Main) -> None:
    done = main("lint", "fronted", "--json")
    assert (done.code, done.error_code) == (2, "no_such_part")
    assert done.json["error"]["fix"] == 'did you mean "frontend"?'
    assert main("lint", "frontend", "--json").error_code == "no_frontend"
    assert main("test", "frontend", "--json").error_code == "no_frontend"
