"""Commits checked out beside the project: there for a while, and never left behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smctl.errors import Refused
from smctl.project.project import Project
from smctl.release.migrations import trees
from tests.conftest import make_project
from tests.processes import REPOSITORY
from tests.release.migrations.proof_project import commit

HOLD = """\
import sys
from pathlib import Path
from smctl.project.project import Project
from smctl.release.migrations import trees
with trees.checked_out(Project(Path(sys.argv[1])), sys.argv[2:]) as found:
    print(*(tree.root for tree in found), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def commits(project: Project) -> list[str]:
    made = []
    for number in range(2):
        (project.root / "number.txt").write_text(str(number))
        made.append(commit(project.root, f"number {number}"))
    return made


@contextmanager
def holding(project: Project, commits: list[str]) -> Iterator[tuple[subprocess.Popen[str], list[Path]]]:
    """Another process that has trees checked out."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(project.root), *commits],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert child.stdout is not None
    try:
        yield child, [Path(word) for word in child.stdout.readline().split()]
    finally:
        child.kill()
        child.communicate()


def worktrees(project: Project) -> int:
    asked = ["git", "-C", str(project.root), "worktree", "list", "--porcelain"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.count("worktree ")


def left(project: Project) -> list[Path]:
    return list(trees.folder(project).glob("run-*"))


def test_each_commit_is_there_as_it_was_and_gone_when_the_block_ends(
    project: Project, commits: list[str]
) -> None:
    with trees.checked_out(project, commits) as found:
        assert [(tree.root / "number.txt").read_text() for tree in found] == ["0", "1"]
        assert [tree.commit for tree in found] == commits
    assert (left(project), worktrees(project)) == ([], 1)


def test_they_go_when_the_block_fails_too(project: Project, commits: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt), trees.checked_out(project, commits):
        raise KeyboardInterrupt
    assert (left(project), worktrees(project)) == ([], 1)


def test_what_a_kill_left_behind_is_removed_by_the_next_run(project: Project, commits: list[str]) -> None:
    with holding(project, commits) as (child, there):
        child.kill()
        child.wait()
        assert all(path.is_dir() for path in there)
        with trees.checked_out(project, commits):
            assert not any(path.exists() for path in there)
    assert (left(project), worktrees(project)) == ([], 1)


def test_trees_of_a_run_that_is_at_work_are_left_alone(project: Project, commits: list[str]) -> None:
    with holding(project, commits) as (_, there):
        with trees.checked_out(project, commits):
            pass
        assert all((path / "number.txt").exists() for path in there)


def test_worktrees_of_the_person_are_left_alone(project: Project, commits: list[str], tmp_path: Path) -> None:
    own = tmp_path / "own"
    subprocess.run(
        ["git", "-C", str(project.root), "worktree", "add", "-q", "--detach", str(own)], check=True
    )
    own.rename(tmp_path / "moved")
    with trees.checked_out(project, commits):
        pass
    assert worktrees(project) == 2


def test_no_hook_of_the_person_runs(project: Project, commits: list[str]) -> None:
    hook = project.root / ".git" / "hooks" / "post-checkout"
    hook.write_text("#!/bin/sh\ntouch hooked\nexit 1\n")
    hook.chmod(0o755)
    with trees.checked_out(project, commits) as found:
        assert not any((tree.root / "hooked").exists() for tree in found)


def test_a_project_in_a_folder_of_its_repository_is_found_in_the_tree(tmp_path: Path) -> None:
    project = make_project(tmp_path / "repository" / "services" / "shop")
    (project.root / ".git").rename(tmp_path / "repository" / ".git")
    made = commit(tmp_path / "repository", "all")
    with trees.checked_out(project, [made]) as (tree,):
        assert tree.config.project.name == "shop"


def test_the_environment_of_a_tree_is_looked_for_where_the_project_has_its_own(
    project: Project, commits: list[str]
) -> None:
    with trees.checked_out(project, commits) as (tree, _):
        assert tree.state_dir == project.state_dir


def test_a_commit_that_git_does_not_know_is_refused(project: Project, commits: list[str]) -> None:
    assert trees.resolved(project.root, commits[0][:8]) == commits[0]
    for name in ("0" * 40, "--all", "nobody"):
        with pytest.raises(Refused) as caught:
            trees.resolved(project.root, name)
        assert caught.value.code == "unknown_commit"


def test_a_tree_that_cannot_be_made_is_refused_and_leaves_nothing(
    project: Project, commits: list[str]
) -> None:
    with pytest.raises(Refused) as caught, trees.checked_out(project, ["0" * 40]):
        pass
    assert caught.value.code == "tree_unavailable"
    assert left(project) == []
