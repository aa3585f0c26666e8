"""Checks run side by side, and none of them can hold up the doctor."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from smctl.doctor import catalogue, examination
from smctl.doctor.check import Check, Result, fail, ok, skip
from smctl.errors import WrongUse
from smctl.project.project import Project
from tests.processes import environment


def check(name: str, seconds: float = 0.0) -> Check:
    def examine(project: Project | None) -> Result:
        time.sleep(seconds)
        return ok("well")

    return Check(name, examine)


def test_results_come_in_the_order_of_the_checks_with_their_ids() -> None:
    results = examination.examine([check("a.slow", 0.1), check("b.quick")], None)
    assert [(result.id, result.status) for result in results] == [("a.slow", "ok"), ("b.quick", "ok")]


def test_all_run_at_the_same_time() -> None:
    together = threading.Barrier(8)  # which opens only when all eight are there

    def examine(project: Project | None) -> Result:
        together.wait(timeout=5)
        return ok("met")

    results = examination.examine([Check(f"a.{number}", examine) for number in range(8)], None, deadline=6)
    assert {result.status for result in results} == {"ok"}


def test_a_late_check_is_skipped_with_the_reason_and_holds_up_none() -> None:
    began = time.monotonic()
    late, quick = examination.examine([check("a.late", 5), check("a.quick")], None, deadline=0.1)
    assert (late.id, late.status, late.evidence) == ("a.late", "skip", "no answer within 0.1 s")
    assert quick.status == "ok"
    assert time.monotonic() - began < 2


def test_a_check_that_hangs_does_not_keep_the_process_from_ending() -> None:
    script = (
        "import time\n"
        "from smctl.doctor import check, examination\n"
        "hangs = check.Check('a.hangs', lambda project: time.sleep(60))\n"
        "print(examination.examine([hangs], None, deadline=0.1)[0].status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "skip\n", "")


def test_what_the_floors_below_refuse_is_a_failure_with_their_words() -> None:
    def examine(project: Project | None) -> Result:
        raise WrongUse("odd", "It is odd.", why="line 1\nline 2", fix="smctl doctor")

    (result,) = examination.examine([Check("a.odd", examine)], None)
    assert result == fail("It is odd. line 1 line 2", fix="smctl doctor").named("a.odd")


def test_a_file_that_cannot_be_read_is_a_failure(project: Project) -> None:
    (result,) = examination.examine([Check("a.file", lambda _: ok(project.root.read_text()))], project)
    assert (result.status, str(project.root) in result.evidence) == ("fail", True)


def test_a_bug_of_a_check_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        examination.examine([Check("a.bug", lambda _: ok(str(1 // 0)))], None)


def test_only_what_can_mend_itself_is_mended() -> None:
    results = [ok("well"), fail("ill", fix="a pill"), fail("ill", fix="rest", mend=lambda: "rested")]
    assert examination.mended(results) == ["rested"]


def test_a_check_is_found_by_its_id_and_by_its_family() -> None:
    everything = [item.id for item in catalogue.checks()]
    assert len(set(everything)) == len(everything) > 15
    assert [item.id for item in catalogue.select(["ports", "git.program"])] == [
        *("ports.web", "ports.db", "ports.redis", "ports.frontend"),
        "git.program",
    ]
    assert [item.id for item in catalogue.select([])] == everything


@pytest.mark.parametrize(
    ("typed", "meant"), [("prots", "ports"), ("git.identiy", "git.identity"), ("ENGINE", "engine")]
)
def test_an_unknown_id_is_wrong_use_with_the_nearest_one(typed: str, meant: str) -> None:
    with pytest.raises(WrongUse) as caught:
        catalogue.select(["git", typed])
    assert (caught.value.code, caught.value.fix) == ("no_such_check", f'did you mean "{meant}"?')
    assert caught.value.why == ""


def test_an_id_like_no_other_is_told_the_families_and_not_every_check() -> None:
    with pytest.raises(WrongUse) as caught:
        catalogue.select(["NOSUCH"])
    assert caught.value.why == f"families of checks: {', '.join(catalogue.FAMILIES)}"
    assert caught.value.fix == "smctl doctor"


def test_outside_a_project_its_checks_are_skipped() -> None:
    results = {result.id: result for result in examination.examine(catalogue.checks(), None)}
    assert results["env.file"] == skip("this is not in a project").named("env.file")
    assert results["git.program"].status == "ok"


def test_a_broken_smctl_toml_fails_one_check_and_hides_none_that_can_do_without(project: Project) -> None:
    (project.root / "smctl.toml").write_text('[project]\nname = "shop"\n[stack]\npotsgres = "18"\n')
    results = {result.id: result for result in examination.examine(catalogue.checks(), project)}
    assert results["config.file"].status == "fail"
    assert "smctl.toml line 4" in results["config.file"].evidence
    assert results["config.file"].fix == 'did you mean "postgres"?'
    assert [item.id for item in results.values() if item.status == "fail"] == ["config.file"]
    assert results["ports.web"].evidence == "smctl.toml cannot be read: see config.file"
    assert results["git.repository"].status == "ok"
