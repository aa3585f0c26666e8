"""Checks, run where they belong: the backend's in the stack, the others beside it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from smctl.project.checks import Check
from smctl.project.project import Project
from smctl.stack import frontend
from smctl.stack.capture import ALOUD, OnLine, capture
from smctl.stack.engine import Engine


@dataclass(frozen=True)
class Checked:
    """output: every line that the check said, on either stream."""

    check: Check
    status: int
    seconds: float
    output: list[str]

    @property
    def passed(self) -> bool:
        return self.status == 0

    def as_document(self) -> dict[str, object]:
        shown: dict[str, object] = {"name": self.check.name, "part": self.check.part}
        shown |= {"status": "ok" if self.passed else "failed", "seconds": round(self.seconds, 3)}
        return shown if self.passed else shown | {"output": self.output}


@dataclass(frozen=True)
class Place:
    """Where checks are run. engine: that of the running stack; None where no check needs it."""

    project: Project
    engine: Engine | None

    def check(self, check: Check, *, on_line: OnLine) -> Checked:
        """Run it to its end. on_line: called with each line as it is said."""
        began, said = time.perf_counter(), list[str]()

        def told(line: str) -> None:
            said.append(line)
            on_line(line)

        status = self._run(check, check.argv, on_line=told)
        return Checked(check, status, time.perf_counter() - began, said)

    def fix(self, check: Check, *, on_line: OnLine) -> None:
        """Run what mends what it finds. Where that fails, the check itself says why."""
        self._run(check, check.fix, on_line=on_line)

    def _run(self, check: Check, argv: Sequence[str], *, on_line: OnLine) -> int:
        if check.part == "backend":
            assert self.engine
            return self.engine.capture("web", [*ALOUD, *argv], on_line=on_line).status
        if check.part == "frontend":
            return frontend.captured(self.project, argv, env=check.env, on_line=on_line).status
        words = [*ALOUD, *_with_this_smctl(argv)]
        return capture(words, cwd=self.project.root, env={**os.environ, **check.env}, on_line=on_line).status


def _with_this_smctl(argv: Sequence[str]) -> list[str]:
    """Not another one that is first on PATH."""
    return [sys.executable, "-m", *argv] if argv[0] == "smctl" else list(argv)
