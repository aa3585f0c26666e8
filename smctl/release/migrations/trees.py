"""Commits checked out beside the project, in folders that are always removed again.

`.smctl/trees/` has a folder for each run, and in it a lock that the run holds. The kernel lets go of it when
the process dies, however it dies; the next run removes what it then finds unlocked.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from smctl.errors import Refused
from smctl.project.files import private_dir
from smctl.project.project import Project

RUN = "run-"
LOCK = "lock"
DEADLINE = 120  # seconds, for one git command


@dataclass(frozen=True)
class Tree(Project):
    """The project as it was in a commit. state: where its environment lies, since the tree will not last."""

    commit: str
    state: Path

    @property
    def state_dir(self) -> Path:
        return self.state


def folder(project: Project) -> Path:
    return project.state_dir / "trees"


def resolved(root: Path, name: str) -> str:
    """A commit's 40 hex digits. Raises Refused where git does not know it."""
    done = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if done.returncode == 0:
        return done.stdout.strip()
    raise Refused(
        "unknown_commit",
        f"git does not know the commit {name}.",
        why=done.stderr.strip() or f"in {root}",
        fix="git fetch --tags origin",
    )


def changed(root: Path, older: str, newer: str) -> list[str]:
    """The files of the backend, and smctl.toml, that differ between two commits."""
    words = ("diff", "--name-only", "--no-renames", "-z", older, newer, "--", "backend", "smctl.toml")
    return [path for path in _git(root, *words).stdout.split("\0") if path]


@contextmanager
def checked_out(project: Project, commits: Sequence[str]) -> Iterator[list[Tree]]:
    """The trees of these commits, in this order. Raises Refused where git cannot make one."""
    home = private_dir(folder(private(project)))
    with alone(home):
        for left in home.glob(f"{RUN}*"):
            _remove_if_stale(project.root, left)
        own = Path(tempfile.mkdtemp(prefix=RUN, dir=home))
        lock = _locked(own / LOCK)
    try:
        prefix = _git(project.root, "rev-parse", "--show-prefix").stdout.strip()
        yield [
            Tree(_add(project.root, own, commit) / prefix, commit, project.state_dir) for commit in commits
        ]
    finally:
        _remove(project.root, own)
        if lock is not None:
            os.close(lock)


def private(project: Project) -> Project:
    private_dir(project.state_dir)
    return project


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One run at a time makes or removes folders here."""
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _locked(path: Path) -> int | None:
    """A lock that ends with this process; None where another one holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _add(root: Path, own: Path, commit: str) -> Path:
    tree = own / commit
    # A hook is for the person's own check-outs.
    done = _git(
        root, "-c", "core.hooksPath=/dev/null", "worktree", "add", "--detach", "--quiet", str(tree), commit
    )
    if done.returncode == 0:
        return tree
    raise Refused(
        "tree_unavailable",
        f"git cannot check out {commit[:12]} beside the project.",
        why=done.stderr.strip(),
        fix="git fetch --unshallow origin",
    )


def _remove_if_stale(root: Path, left: Path) -> None:
    lock = _locked(left / LOCK)
    if lock is not None:
        _remove(root, left)
        os.close(lock)


def _remove(root: Path, own: Path) -> None:
    """Each tree by git, which forgets it as well; what a kill left half made, as files."""
    for tree in own.iterdir():
        if tree.is_dir():
            _git(root, "worktree", "remove", "--force", "--force", str(tree))
    shutil.rmtree(own, ignore_errors=True)


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, timeout=DEADLINE
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise Refused(
            "git_failed", "git did not do what was asked of it.", why=str(error), fix="smctl doctor"
        ) from None
