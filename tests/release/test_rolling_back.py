"""Going back: the right release, on every service, with what keeps the bad one from coming back by itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smctl.errors import SmctlError, WrongUse
from smctl.rehearsal.faults import Rule
from smctl.release import ledger, refs, rolling_back, schema
from smctl.release.ledger import Release
from smctl.release.model import Deploy, image_of
from smctl.release.refs import HOLD, Found, Note, Refs
from smctl.release.remotes.vercel import Vercel
from smctl.release.schema import SCHEMA
from smctl.release.steps import Journal
from tests.release.stage import REPOSITORY, WEB, WORKER, A, B, C, Stage

REVERSE = "python manage.py migrate shop 0001"


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Refs]:
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "origin.git")], check=True)
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "clone")], check=True)
    yield Refs(tmp_path / "clone", str(tmp_path / "origin.git"))


def plan(stage: Stage, *, reversal: tuple[str, ...] = (), backup: bool = False) -> rolling_back.Plan:
    live = ledger.live(stage.releases)
    assert live
    to = rolling_back.chosen(stage.releases, "", live, {})
    databases = stage.render.databases()
    return rolling_back.Plan(
        live, to, stage.pair, stage.target.url, reversal, databases[0] if backup else None
    )


def roll_back(stage: Stage, notes: Refs, wanted: rolling_back.Plan) -> Journal:
    journal = Journal(lambda progress: None)
    held = refs.note(wanted.bad.sha, "rolled back from")
    rolling_back.carry_out(stage.render, None, notes, wanted, held, journal)
    return journal


def test_the_last_good_release_runs_again_on_every_service(stage: Stage, notes: Refs) -> None:
    stage.release(B)
    journal = roll_back(stage, notes, plan(stage))
    assert [step.name for step in journal.ended] == [
        "hold",
        "roll back web",
        "roll back worker",
        "verify",
        "settle",
    ]
    assert stage.live == (A, A) and stage.answers == A
    held = notes.find(HOLD)
    assert held and held.note.sha == B
    assert [deploy.trigger for deploy in stage.platform.state.deploys_of(stage.web_id)][0] == "rollback"
    assert {service.image for service in stage.pair.services} == {image_of(REPOSITORY, A)}


def test_one_that_is_no_longer_retained_is_deployed_anew(stage: Stage, notes: Refs) -> None:
    stage.release(B)
    stage.platform.retained = 0
    roll_back(stage, notes, plan(stage))
    assert stage.live == (A, A)
    assert [deploy.trigger for deploy in stage.platform.state.deploys_of(stage.web_id)][0] == "api"


def test_migrations_are_reversed_by_the_newer_code_after_a_backup(stage: Stage, notes: Refs) -> None:
    stage.release(B)
    stage.platform.databases.add("shop-db")
    journal = roll_back(stage, notes, plan(stage, reversal=(REVERSE,), backup=True))
    names = [step.name for step in journal.ended]
    assert names[:3] == ["hold", "backup", "reverse migrations"]
    done = stage.runner.done
    assert done.index(f"once {REVERSE}") < len(done) - 1 - done[::-1].index(
        f"switch {image_of(REPOSITORY, A)}"
    )
    noted = notes.find(SCHEMA)
    assert noted and noted.note.sha == A


def test_visitors_get_the_frontend_of_the_same_commit(stage: Stage, notes: Refs) -> None:
    older, newer = (stage.platform.vercel.deployed(sha) for sha in (A, B))
    stage.release(B)
    vercel = Vercel.from_environment(stage.api.environment, "shop")
    assert [each.id for each in vercel.deployments(A)] == [older]
    journal = Journal(lambda progress: None)
    wanted = replace(plan(stage), frontend=older)
    rolling_back.carry_out(stage.render, vercel, notes, wanted, refs.note(B, "rolled back from"), journal)
    assert journal.ended[-1].name == "roll back frontend"
    last = vercel.project().last_alias_request
    assert last and (last.deployment_id, last.status) == (older, "succeeded")
    assert newer != older


def test_a_reversal_that_fails_leaves_what_is_live(stage: Stage, notes: Refs) -> None:
    stage.release(B)
    stage.runner.codes[REVERSE] = 1
    with pytest.raises(SmctlError, match="nothing was switched") as failed:
        roll_back(stage, notes, plan(stage, reversal=(REVERSE,)))
    assert (failed.value.code, failed.value.exit_status) == ("not_reversed", 1)
    assert stage.live == (B, B)


@dataclass(frozen=True)
class Case:
    name: str
    rules: tuple[Rule, ...]
    live: str = A
    exit: int = 0


ASKED, ONE = r"/rollback$", r"/deploys/dep-"
CASES = (
    Case("429", (Rule("POST", ASKED, status=429, headers={"Retry-After": "0"}),)),
    Case("500", (Rule("POST", ASKED, status=500),)),
    Case("cut-before", (Rule("POST", ASKED, cut="before"),)),
    Case("cut-in-mid-answer", (Rule("POST", ASKED, cut="after"),)),
    Case("timeout", (Rule("POST", ASKED, answer_delay=0.6),)),
    Case("empty-202", (Rule("POST", ASKED, empty_202=True),)),
    Case("401", (Rule("POST", ASKED, status=401, times=2), Rule("POST", r"/deploys$", status=401)), B, 5),
    Case("409", (Rule("POST", ASKED, status=409),)),
    Case("poll-500", (Rule("GET", ONE, status=500, times=3),)),
    Case("poll-cut", (Rule("GET", ONE, cut="after", times=3),)),
    Case("worker-500", (Rule("POST", ASKED, nth=2, status=500),)),
    Case("worker-cut", (Rule("POST", ASKED, nth=2, cut="after"),)),
    Case("web-unhealthy", (Rule(service=WEB, deploy="unhealthy"),), B, 1),
    Case("web-crashes", (Rule(service=WEB, deploy="crash"),), B, 1),
    Case("worker-crashes", (Rule(service=WORKER, deploy="crash"),), B, 1),
    Case("settle-500", (Rule("PATCH", "/services/", status=500, times=2),)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_whole_release_is_live_after_it(stage: Stage, notes: Refs, case: Case) -> None:
    stage.release(B)
    wanted = plan(stage)
    stage.goes_wrong(*case.rules)
    status, error = 0, ""
    try:
        roll_back(stage, notes, wanted)
    except SmctlError as failed:
        status, error = failed.exit_status, failed.message
    assert (status, stage.live, stage.answers) == (case.exit, (case.live, case.live), case.live), error


# Which release.


def deploys(*words: str) -> list[Deploy]:
    """Newest first, from words such as "api a live"."""
    made = []
    for age, (trigger, letter, status) in enumerate(word.split() for word in words):
        at = datetime(2026, 11, 23, 12, 59 - age, tzinfo=UTC)
        made.append(Deploy(f"dep-{age}", status, trigger, image_of(REPOSITORY, letter * 40), at, at))
    return made


def releases(*words: str) -> list[Release]:
    found = deploys(*words)
    return ledger.releases(found, found)


def default(*words: str) -> str:
    found = releases(*words)
    live = ledger.live(found)
    assert live
    return rolling_back.chosen(found, "", live, {}).sha[0]


def test_the_default_is_the_one_before() -> None:
    assert default("api c live", "api b deactivated", "api a deactivated") == "b"


def test_one_that_failed_is_none_to_go_back_to() -> None:
    assert default("api c live", "api b update_failed", "api a deactivated") == "a"


def test_after_a_rollback_the_default_is_not_what_was_rolled_back() -> None:
    assert default("rollback b live", "api c deactivated", "api b deactivated", "api a deactivated") == "a"


def test_what_was_deployed_again_goes_back_to_what_was_before_it() -> None:
    history = ("api c live", "rollback b deactivated", "api c deactivated", "api b deactivated")
    assert default(*history) == "b"


def test_one_that_the_worker_never_ran_is_none_to_go_back_to() -> None:
    web = deploys("api c live", "api b deactivated", "api a deactivated")
    worker = deploys("api c live", "api b update_failed", "api a deactivated")
    found = ledger.releases(web, worker)
    live = ledger.live(found)
    assert live and rolling_back.chosen(found, "", live, {}).sha == A


def test_a_name_that_was_never_live_is_answered_with_those_that_were() -> None:
    found = releases("api c live", "api b deactivated")
    with pytest.raises(WrongUse) as wrong:
        rolling_back.chosen(found, "d" * 12, found[0], {B: "subject of b"})
    assert wrong.value.code == "no_release"
    assert B[:12] in wrong.value.why and "subject of b" in wrong.value.why


def test_what_is_live_is_no_release_to_go_back_to() -> None:
    found = releases("api c live", "api b deactivated")
    with pytest.raises(WrongUse, match="live already"):
        rolling_back.chosen(found, C[:7], found[0], {})


def test_the_first_release_has_none_before_it() -> None:
    found = releases("api a live")
    with pytest.raises(WrongUse) as wrong:
        rolling_back.chosen(found, "", found[0], {})
    assert wrong.value.code == "no_release"


# Whose migrations the database has; in these histories each letter contains those before it.


def contains(newer: str, older: str) -> bool:
    return newer >= older


def migrated(*words: str, noted: Found | None = None) -> list[str]:
    return [sha[0] for sha in schema.newest(releases(*words), noted, contains=contains)]


def test_a_failed_release_leaves_its_migrations() -> None:
    assert migrated("api a live", "api b update_failed", "api a deactivated") == ["b"]


def test_a_rollback_leaves_them() -> None:
    assert migrated("rollback a live", "api c deactivated", "api a deactivated") == ["c"]


def test_one_that_never_came_to_its_migrations_leaves_none() -> None:
    assert migrated("api b build_failed", "api a live") == ["a"]


def test_what_was_reversed_is_gone() -> None:
    at = datetime(2026, 11, 23, 12, 58, 30, tzinfo=UTC)
    noted = Found(Note("me", at, A, "migrations reversed to those of"), "x")
    assert migrated("rollback a live", "api c deactivated", "api a deactivated", noted=noted) == ["a"]
    assert migrated("api b live", "rollback a deactivated", "api c deactivated", noted=noted) == ["b"]
