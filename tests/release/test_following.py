"""A push that is followed on GitHub, as the rehearsal's GitHub tells it; and git's side of it."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from smctl.errors import RemoteFailed, SmctlError
from smctl.project import git
from smctl.release import following, reverting
from smctl.release.following import WorkflowFailed
from smctl.release.remotes.github import GitHub
from smctl.release.target import Target
from tests.release.stage import B, Stage

TARGET = Target("render", "ghcr.io/shop/smartmarket", "http://127.0.0.1:1", "origin", "main")


@pytest.fixture
def github(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    monkeypatch.setattr(following, "POLL", 0.01)
    monkeypatch.setattr(following, "APPEARS", 0.3)
    return GitHub.from_environment(stage.api.environment, "shop/smartmarket")


def test_it_returns_once_the_run_has_succeeded(stage: Stage, github: GitHub) -> None:
    told = list[str]()
    run = stage.platform.github.run_started(B, "deploy.yml")
    stage.platform.github.job_updated(run, "image", "in_progress", "", "")

    def go_on() -> None:
        stage.platform.github.job_updated(run, "image", "completed", "success", "")
        stage.platform.github.run_finished(run, "success")

    threading.Timer(0.2, go_on).start()
    following.follow(github, B, told.append)
    assert told[0] == "image in progress" and told[-1].startswith("succeeded: ")


def test_a_job_that_fails_is_named_with_the_end_of_its_log(stage: Stage, github: GitHub) -> None:
    run = stage.platform.github.run_started(B, "deploy.yml")
    stage.platform.github.job_updated(run, "backend", "completed", "failure", "one\n2 failed, 40 passed\n")
    stage.platform.github.run_finished(run, "failure")
    with pytest.raises(WorkflowFailed, match="failed in backend") as failed:
        following.follow(github, B, lambda text: None)
    assert "2 failed, 40 passed" in failed.value.why and failed.value.exit_status == 1


def test_a_workflow_that_never_starts_is_an_error_of_github(github: GitHub) -> None:
    with pytest.raises(RemoteFailed) as failed:
        following.follow(github, B, lambda text: None)
    assert failed.value.code == "no_workflow"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with three commits on main, that its remote has too."""
    origin, folder = tmp_path / "origin.git", tmp_path / "clone"
    subprocess.run(["git", "init", "--quiet", "--bare", str(origin)], check=True)
    subprocess.run(["git", "init", "--quiet", "-b", "main", str(folder)], check=True)
    git.run(folder, "remote", "add", "origin", str(origin))
    for name in ("one", "two", "three"):
        (folder / name).write_text(name)
        git.run(folder, "add", ".")
        git.run(folder, "commit", "--quiet", "-m", name)
    following.push(folder, TARGET, git.head(folder))
    return folder


def shas(clone: Path) -> list[str]:
    return [commit.sha for commit in git.commits(clone, "main")]


def subjects_there(clone: Path) -> list[str]:
    git.run(clone, "fetch", "--quiet", "origin", "main")
    return [commit.subject for commit in git.commits(clone, "FETCH_HEAD")]


def test_a_push_of_what_is_there_changes_nothing(clone: Path) -> None:
    following.push(clone, TARGET, git.head(clone))
    assert subjects_there(clone) == ["three", "two", "one"]


def test_a_push_that_would_lose_commits_is_refused_with_gits_words(clone: Path) -> None:
    git.run(clone, "commit", "--quiet", "--amend", "-m", "another three")
    with pytest.raises(SmctlError) as failed:
        following.push(clone, TARGET, git.head(clone))
    assert "rejected" in failed.value.why
    assert subjects_there(clone) == ["three", "two", "one"]


def test_a_revert_is_one_commit_on_top_of_what_the_branch_has(clone: Path) -> None:
    three, two, one = shas(clone)
    made = reverting.revert(clone, TARGET, good=one, bad=three, say=lambda text: None)
    assert subjects_there(clone)[0] == f"Revert 2 commits, back to {one[:12]}"
    assert git.run(clone, "ls-tree", "--name-only", made) == "one"
    assert git.head(clone) == three and git.changes(clone) == []
    assert git.run(clone, "worktree", "list").count("\n") == 0


def test_what_came_after_stays(clone: Path) -> None:
    three, two, one = shas(clone)
    reverting.revert(clone, TARGET, good=one, bad=two, say=lambda text: None)
    assert git.run(clone, "ls-tree", "--name-only", "FETCH_HEAD") == "one\nthree\ntwo"
    assert subjects_there(clone)[0] == 'Revert "two"'
    assert git.run(clone, "ls-tree", "--name-only", "FETCH_HEAD") == "one\nthree"


def test_a_merge_is_reverted_by_its_first_parent(clone: Path) -> None:
    before = git.head(clone)
    git.run(clone, "checkout", "--quiet", "-b", "side", "HEAD~1")
    (clone / "side").write_text("side")
    git.run(clone, "add", ".")
    git.run(clone, "commit", "--quiet", "-m", "side")
    git.run(clone, "checkout", "--quiet", "main")
    git.run(clone, "merge", "--quiet", "--no-ff", "-m", "merge", "side")
    following.push(clone, TARGET, git.head(clone))
    made = reverting.revert(clone, TARGET, good=before, bad=git.head(clone), say=lambda text: None)
    assert git.run(clone, "diff", "--stat", before, made) == ""


def test_one_that_does_not_apply_is_told_and_leaves_nothing(clone: Path) -> None:
    (clone / "three").write_text("changed since")
    git.run(clone, "commit", "--quiet", "-am", "four")
    following.push(clone, TARGET, git.head(clone))
    four, three, two, one = shas(clone)
    with pytest.raises(SmctlError) as failed:
        reverting.revert(clone, TARGET, good=two, bad=three, say=lambda text: None)
    assert failed.value.code == "not_reverted"
    assert subjects_there(clone)[0] == "four"
    assert git.run(clone, "worktree", "list").count("\n") == 0
