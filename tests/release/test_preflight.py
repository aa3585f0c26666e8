"""What is found before anything moves, and what of it stops a deploy."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from smctl.errors import Refused, WrongUse
from smctl.project import git
from smctl.project.config import DeployTable
from smctl.release import preflight, refs, target
from smctl.release.migrations import Judged, Judgement, Verdict
from smctl.release.preflight import REQUIRED, Finding
from smctl.release.refs import Found
from smctl.release.remotes.values import Database
from smctl.release.target import Target

A, B, C = "a" * 40, "b" * 40, "c" * 40
IMAGE = f"ghcr.io/shop/smartmarket:sha-{A}"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """main with the commits one and two; its remote has one."""
    origin, folder = tmp_path / "origin.git", tmp_path / "clone"
    subprocess.run(["git", "init", "--quiet", "--bare", str(origin)], check=True)
    subprocess.run(["git", "init", "--quiet", "-b", "main", str(folder)], check=True)
    git.run(folder, "remote", "add", "origin", str(origin))
    for name in ("one", "two"):
        git.run(folder, "commit", "--quiet", "--allow-empty", "-m", name)
    git.run(folder, "push", "--quiet", "origin", "HEAD~1:refs/heads/main")
    return folder


TARGET = Target("render", "ghcr.io/shop/smartmarket", "https://api.example.com", "origin", "main")


def test_what_goes_out_is_listed(clone: Path) -> None:
    two, one = (commit.sha for commit in git.commits(clone, "main"))
    found = preflight.commits(clone, one, two)
    assert (found.status, found.text.splitlines()[0]) == ("ok", f"1 commit since {one[:12]}")
    assert found.text.splitlines()[1].startswith(f"{two[:12]} two (")


def test_an_older_commit_is_a_warning_that_names_the_rollback(clone: Path) -> None:
    two, one = (commit.sha for commit in git.commits(clone, "main"))
    found = preflight.commits(clone, two, one)
    assert found.status == "warn" and "smctl rollback" in found.fix


def test_a_live_commit_that_this_clone_lacks_is_a_warning(clone: Path) -> None:
    assert preflight.commits(clone, A, git.head(clone)).fix == "git fetch"


def test_what_is_not_committed_stops_a_push_unless_it_is_meant(clone: Path) -> None:
    assert preflight.tree(clone, dirty_is_fine=False).status == "ok"
    (clone / "new.py").write_text("")
    found = preflight.tree(clone, dirty_is_fine=False)
    assert found.status == "refuse" and "new.py" in found.text
    assert preflight.tree(clone, dirty_is_fine=True).status == "warn"


def test_a_branch_that_can_move_is_fine(clone: Path) -> None:
    assert preflight.branch(clone, git.head(clone), TARGET).status == "ok"


def test_a_branch_that_is_further_is_refused_with_the_way(clone: Path) -> None:
    git.run(clone, "push", "--quiet", "origin", "main")
    older = git.commits(clone, "main")[1].sha
    found = preflight.branch(clone, older, TARGET)
    assert found.status == "refuse" and "--via api" in found.fix


def test_a_branch_that_went_another_way_is_refused(clone: Path) -> None:
    git.run(clone, "push", "--quiet", "origin", "main")
    git.run(clone, "commit", "--quiet", "--amend", "--allow-empty", "-m", "another two")
    assert "not part of" in preflight.branch(clone, git.head(clone), TARGET).text


@dataclass(frozen=True)
class Check:
    name: str
    conclusion: str


@pytest.mark.parametrize(
    ("conclusions", "status"),
    [
        (["success", "skipped"], "ok"),
        (["success", "failure"], "refuse"),
        (["success", ""], "refuse"),
        ([], "warn"),
    ],
)
def test_checks_that_failed_or_still_run_stop_it(conclusions: list[str], status: str) -> None:
    assert preflight.checks([Check(f"check {each}", each) for each in conclusions]).status == status


def test_without_a_token_checks_are_not_known() -> None:
    assert preflight.checks(None).status == "warn"


@dataclass(frozen=True)
class Image:
    revision: str


def test_the_image_has_to_be_there_and_of_this_commit() -> None:
    assert preflight.image(IMAGE, A, Image(A)).status == "ok"
    assert preflight.image(IMAGE, A, None).status == "refuse"
    assert preflight.image(IMAGE, A, Image(B)).status == "refuse"
    assert "no commit" in preflight.image(IMAGE, A, Image("")).text


def test_variables_that_are_missing_are_named_by_service() -> None:
    assert preflight.variables({"api": REQUIRED, "worker": REQUIRED}).status == "ok"
    found = preflight.variables({"api": REQUIRED, "worker": REQUIRED[1:]})
    assert (found.status, found.text) == ("refuse", "worker lacks DJANGO_SECRET_KEY")


def judged(verdict: Verdict, *reversal: str) -> Judgement:
    return Judgement(A, B, (Judged("shop.0002_note", verdict, "because"),), reversal)


def test_migrations_that_what_is_live_cannot_bear_stop_it_unless_risked() -> None:
    assert preflight.migrations(judged(Verdict.HARMLESS), risked=False).status == "ok"
    assert preflight.migrations(judged(Verdict.NEEDS_REVERSING, "x"), risked=False).status == "refuse"
    assert preflight.migrations(judged(Verdict.NEEDS_REVERSING, "x"), risked=True).status == "warn"


def test_a_reversal_needs_the_code_that_knows_the_migrations_live() -> None:
    needed = judged(Verdict.NEEDS_REVERSING, "python manage.py migrate shop 0001")
    assert preflight.reversal(needed, [B], live=B, reverser=B).status == "warn"
    elsewhere = preflight.reversal(needed, [C], live=B, reverser=C)
    assert elsewhere.status == "refuse" and elsewhere.fix.endswith(C[:12])
    assert preflight.reversal(judged(Verdict.IMPOSSIBLE), [B], live=B, reverser=B).status == "refuse"
    assert preflight.reversal(judged(Verdict.HARMLESS), [B, C], live=B, reverser=B).status == "refuse"
    assert preflight.reversal(judged(Verdict.HARMLESS), [B], live=B, reverser=B).status == "ok"


def test_a_backup_needs_one_database_of_a_plan_that_has_them() -> None:
    database = Database("dpg-x-a", "shop-db", "available", "basic_256mb", "18")
    assert preflight.backup([database]).status == "ok"
    assert preflight.backup([replace(database, plan="free")]).status == "refuse"
    assert preflight.backup([]).status == preflight.backup([database, database]).status == "refuse"


def test_a_lock_that_is_old_may_be_broken_and_a_new_one_waited_for() -> None:
    held = Found(refs.note(A, "deploys"), "x")
    assert preflight.lock(None).status == preflight.lock(held, mine=True).status == "ok"
    assert "--lock-wait" in preflight.lock(held).fix
    old = Found(replace(held.note, at=held.note.at - timedelta(hours=2)), "x")
    assert "--break-lock" in preflight.lock(old).fix


def contains(held: str, sha: str) -> bool:
    return held <= sha


def test_a_hold_stops_what_contains_the_commit_until_it_is_lifted() -> None:
    held = Found(refs.note(B, "rolled back from"), "x")
    assert preflight.hold(None, C, lifted=False, contains=contains).status == "ok"
    assert preflight.hold(held, A, lifted=False, contains=contains).status == "ok"
    assert preflight.hold(held, C, lifted=False, contains=contains).status == "refuse"
    assert preflight.hold(held, C, lifted=True, contains=contains).status == "warn"


def test_every_reason_is_told_and_the_first_fix() -> None:
    findings = [
        Finding("tree", "refuse", "2 changes", "git commit"),
        Finding("lock", "ok", "free"),
        Finding("image", "refuse", "gone", "build it"),
    ]
    with pytest.raises(Refused) as refused:
        preflight.refuse(findings, "deploy")
    assert (refused.value.code, refused.value.fix) == ("refused", "git commit")
    assert refused.value.why == "tree: 2 changes\nimage: gone"
    preflight.refuse(findings[1:2], "deploy")


def test_an_image_without_an_owner_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(WrongUse) as wrong:
        target.of(DeployTable(), {})
    assert wrong.value.code == "no_image"


def test_the_environment_stands_above_the_file() -> None:
    found = target.of(
        DeployTable(), {"SMCTL_DEPLOY_IMAGE": "127.0.0.1:5000/Shop", "SMCTL_DEPLOY_URL": "http://x/"}
    )
    assert (found.repository, found.url, found.remote) == ("127.0.0.1:5000/shop", "http://x", "origin")
    assert found.image(A) == f"127.0.0.1:5000/shop:sha-{A}"
