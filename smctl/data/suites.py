"""The project's own tests: the backend's in the stack, which is left as it is since their databases are their
own; the frontend's beside it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from smctl.project.checks import MOST_PROCESSES
from smctl.project.project import Project
from smctl.stack import frontend
from smctl.stack.capture import ALOUD, OnLine
from smctl.stack.engine import Engine

SUITES = ("backend", "frontend", "all")
# No processes of ours for who says how many, talks with a test, or chooses a few: starting them takes longer
# than a few tests.
ALONE = re.compile(
    r"-n.*|--numprocesses.*|--pdb|--trace|-k.*|-m.*|--lf|--last-failed|--sw|--co|--collect-only|.*\.py(::.*)?"
)


def run(engine: Engine, words: Sequence[str], *, tty: bool) -> int:
    """pytest in web with these arguments: its exit status."""
    return engine.run("web", argv(words, processors=os.cpu_count() or 1), env={}, tty=tty)


def capture(engine: Engine, words: Sequence[str], *, on_line: OnLine) -> int:
    """The same, each line that it says to on_line."""
    pytest = argv(words, processors=os.cpu_count() or 1)
    return engine.capture("web", [*ALOUD, *pytest], on_line=on_line).status


def argv(words: Sequence[str], *, processors: int) -> list[str]:
    processes = min(processors, MOST_PROCESSES)
    alone = processes == 1 or any(ALONE.fullmatch(word) for word in words)
    # A file's tests stay together: they share the servers that its fixtures start.
    shared = [] if alone else ["-n", str(processes), "--dist", "loadfile"]
    return ["python", "-m", "pytest", *shared, *words]


def run_frontend(project: Project, words: Sequence[str], *, on_step: OnLine) -> int:
    """vitest with these arguments, with our streams: its exit status."""
    return frontend.run(project, vitest(words), on_step=on_step)


def capture_frontend(project: Project, words: Sequence[str], *, on_line: OnLine) -> int:
    return frontend.captured(project, vitest(words), env={}, on_line=on_line).status


def vitest(words: Sequence[str]) -> list[str]:
    return ["npm", "test", *(["--", *words] if words else [])]
