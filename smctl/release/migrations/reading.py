"""Both trees read side by side, each by the Python and the packages of its own lock."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from smctl.errors import Refused, WrongUse
from smctl.project import config
from smctl.project.files import private_dir
from smctl.project.project import Project
from smctl.release.migrations import facts, trees
from smctl.release.migrations.trees import Tree
from smctl.stack.embedded import environment

READER = Path(__file__).with_name("inside")
DEADLINE = 60  # seconds, for one tree
LINES_KEPT = 12
# All that the settings are told: no database, no key of anybody's.
VARIABLES = {"DJANGO_DEBUG": "true", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")

OnLine = Callable[[str], None]


@dataclass(frozen=True)
class Reading:
    older: facts.Older
    newer: facts.Newer
    notes: tuple[str, ...]


def read(project: Project, older: Tree, newer: Tree, *, on_line: OnLine) -> Reading:
    """Raises Refused (`tree_unreadable`) with what Python said where a tree cannot be loaded."""
    pythons = [_python(project, tree, on_line) for tree in (older, newer)]
    on_line("reading the migrations of both commits")
    with _started(older, pythons[0], "older") as first, _started(newer, pythons[1], "newer") as second:
        old = first.answer("")
        before = facts.older(old)
        new = second.answer(json.dumps([key.split(".", 1) for key in sorted(before.applied)]))
    return Reading(before, facts.newer(new), tuple(_notes(pythons, old["django"], new["django"])))


def _python(project: Project, tree: Tree, on_line: OnLine) -> Path:
    """Of the environment of the tree's own lock, because packages bring migrations too: that of the stack
    where it is the same lock or the one before, else one made below `.smctl/trees/`, so that the stack's
    environments stay.
    """
    for part in (tree.root / config.FILE_NAME, tree.backend / "manage.py"):
        if not part.is_file():
            raise _unreadable(tree, f"it has no {part.relative_to(tree.root)}")
    try:
        if environment.is_ready(tree):
            return environment.folder(tree) / "bin" / "python"
    except WrongUse as error:
        raise _unreadable(tree, "\n".join((error.message, error.why))) from None
    home = private_dir(trees.folder(project))
    with trees.alone(home):
        return environment.ensure(replace(tree, state=home), on_line) / "bin" / "python"


def _unreadable(tree: Tree, why: str) -> Refused:
    return Refused(
        "tree_unreadable",
        f"The migrations of {tree.commit[:12]} cannot be read: its backend does not load.",
        why=why,
        fix=f"git worktree add ../look {tree.commit[:12]}, and see there: python manage.py check",
    )


def _notes(pythons: list[Path], older: str, newer: str) -> Iterator[str]:
    if pythons[0] != pythons[1]:
        yield f"their locks differ: each was read with its own packages (Django {older} and {newer})"


class _Reader:
    def __init__(self, tree: Tree, child: subprocess.Popen[bytes], out: IO[bytes], said: IO[bytes]) -> None:
        self._tree, self._child, self._out, self._said = tree, child, out, said

    def answer(self, question: str) -> dict[str, Any]:
        """What it printed last, after it was told `question`."""
        try:
            self._child.communicate(question.encode(), timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            raise _unreadable(self._tree, f"Python was not done within {DEADLINE} s") from None
        if self._child.returncode != 0:
            raise _unreadable(self._tree, "\n".join(_text(self._said).strip().splitlines()[-LINES_KEPT:]))
        document: dict[str, Any] = json.loads(_text(self._out).strip().splitlines()[-1])
        return document


@contextmanager
def _started(tree: Tree, python: Path, side: str) -> Iterator[_Reader]:
    """The script, at work in a tree; ended with the block."""
    settings = f"{tree.config.project.name}.settings"
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [str(python), "-P", "-m", "smctl_reader", settings, side],
            cwd=tree.backend,
            env={
                **{key: os.environ[key] for key in INHERITED if key in os.environ},
                **VARIABLES,
                "PYTHONPATH": str(READER),
            },
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=said,
        )
        try:
            yield _Reader(tree, child, out, said)
        finally:
            child.kill()
            child.communicate()


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", "replace")
