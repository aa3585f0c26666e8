"""What has to pass before a change lands: the one list that `smctl lint`, `test` and `ci` run, and that the
workflow is rendered from, so that they cannot differ.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Part = Literal["backend", "frontend", "files"]
Kind = Literal["lint", "test"]

PARTS: tuple[Part, ...] = ("backend", "frontend", "files")
LEAST_COVERAGE = 50  # percent of the backend's lines and branches
MOST_PROCESSES = 4  # more of them wait for one PostgreSQL


@dataclass(frozen=True)
class Check:
    """One command that exits with 0 where all is well.

    argv: run in `folder`, below the project's. fix: the command that mends what this one finds, if there is
    one. env: what it needs to be told besides.
    """

    name: str
    part: Part
    kind: Kind
    argv: tuple[str, ...]
    fix: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return "generated files" if self.part == "files" else f"{self.part} {self.name}"

    @property
    def folder(self) -> str:
        return "." if self.part == "files" else self.part

    @property
    def command(self) -> str:
        """As a shell takes it."""
        return shlex.join(self.argv)


PYTEST = ("python", "-m", "pytest")
# A file's tests stay together: they share the servers that its fixtures start.
PROCESSES = ("--numprocesses", "auto", "--maxprocesses", str(MOST_PROCESSES), "--dist", "loadfile")
COVERAGE = ("--cov=apps", "--cov-report=term-missing", f"--cov-fail-under={LEAST_COVERAGE}")
SCHEMA = ("python", "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")


def all_of(*, api: str, has_frontend: bool) -> list[Check]:
    """Every check of a project, in the order in which they are run.

    api: the address of production's API, which the frontend's build is given.
    """
    frontend = [*FRONTEND_LINT, *_frontend_tests(api)] if has_frontend else []
    return [*BACKEND_LINT, *FILES, BACKEND_TESTS, *frontend]


def chosen(checks: Iterable[Check], *, part: str = "all", kind: Kind | None = None) -> list[Check]:
    """Those of a part ("all" for every one) and of a kind (None for both)."""
    return [check for check in checks if part in ("all", check.part) and kind in (None, check.kind)]


BACKEND_LINT = (
    Check("black", "backend", "lint", ("black", "--check", "."), fix=("black", ".")),
    Check("isort", "backend", "lint", ("isort", "--check-only", "."), fix=("isort", ".")),
    Check("flake8", "backend", "lint", ("flake8", ".")),
    Check("mypy", "backend", "lint", ("mypy", ".")),
    Check("migrations", "backend", "lint", ("python", "manage.py", "makemigrations", "--check", "--dry-run")),
    Check("schema", "backend", "lint", SCHEMA),
)
FILES = (Check("generated", "files", "lint", ("smctl", "render", "--check"), fix=("smctl", "render")),)
BACKEND_TESTS = Check("tests", "backend", "test", (*PYTEST, "tests/", *PROCESSES, *COVERAGE))
FRONTEND_LINT = (
    Check("format", "frontend", "lint", ("npm", "run", "format:check"), fix=("npm", "run", "format")),
    Check("eslint", "frontend", "lint", ("npm", "run", "lint")),
    Check("types", "frontend", "lint", ("npm", "run", "typecheck")),
)


def _frontend_tests(api: str) -> tuple[Check, ...]:
    """The build is one of them: it refuses what the tests cannot see, such as a wrong API address."""
    return (
        Check("tests", "frontend", "test", ("npm", "test")),
        Check("build", "frontend", "test", ("npm", "run", "build"), env={"REACT_APP_API_URL": api}),
    )
