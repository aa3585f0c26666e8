"""The project's own tests, in the stack: their databases are their own, so the stack is left as it is."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from smctl.stack.capture import OnLine
from smctl.stack.engine import Engine

SUITES = ("backend",)
MOST_PROCESSES = 4  # more of them wait for one PostgreSQL
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
    return engine.capture("web", ["sh", "-c", 'exec "$@" >&2', "sh", *pytest], on_line=on_line).status


def argv(words: Sequence[str], *, processors: int) -> list[str]:
    processes = min(processors, MOST_PROCESSES)
    alone = processes == 1 or any(ALONE.fullmatch(word) for word in words)
    # A file's tests stay together: they share the servers that its fixtures start.
    shared = [] if alone else ["-n", str(processes), "--dist", "loadfile"]
    return ["python", "-m", "pytest", *shared, *words]
