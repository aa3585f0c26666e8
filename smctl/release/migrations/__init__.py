"""The migrations between two commits, and what they mean to the older code on the newer schema.

A rollback asks before it goes back to the older code; a deploy asks because the older code, which is live,
serves beside the newer one until the switch. Both ask the same function.
"""

from __future__ import annotations

import re
from pathlib import Path

from smctl.project.project import Project
from smctl.release.migrations import judging, reading, trees
from smctl.release.migrations.reading import OnLine
from smctl.release.migrations.text import lines
from smctl.release.migrations.verdict import Judged, Judgement, Verdict

# Files of the backend that decide which migrations there are. Without a change in any of them, none is new.
MATTERS = re.compile(r"(^|/)(migrations/|requirements/|settings\b|(apps|manage|__init__)\.py$|smctl\.toml$)")

__all__ = ["Judged", "Judgement", "Verdict", "between", "lines"]


def between(root: Path, older: str, newer: str, *, on_line: OnLine = lambda _: None) -> Judgement:
    """Judge what the newer commit's migrations do to the older one's code.

    root: of the project. on_line: what is going on, for who waits. Takes two seconds, next to nothing where
    no file that matters has changed, and half a minute more where packages of a commit have to be installed
    first. Raises Refused where git does not know a commit (`unknown_commit`) or a tree cannot be loaded
    (`tree_unreadable`), SmctlError where its packages cannot be had.
    """
    project = Project(root.resolve())
    commits = trees.resolved(root, older), trees.resolved(root, newer)
    if not any(MATTERS.search(path) for path in trees.changed(root, *commits)):
        return Judgement(*commits)
    with trees.checked_out(project, commits) as (before, after):
        found = reading.read(project, before, after, on_line=on_line)
    return judging.judge(found.older, found.newer, commits=commits, notes=found.notes)
