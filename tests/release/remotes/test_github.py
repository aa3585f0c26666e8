"""Our GitHub client against a rehearsal's workflow runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smctl.rehearsal.api import Api
from smctl.rehearsal.faults import Rule
from smctl.rehearsal.platform import Platform
from smctl.release.remotes.failure import RequestFailed
from smctl.release.remotes.github import GitHub

SHA, OTHER = "a" * 40, "b" * 40


@pytest.fixture
def github(api: Api) -> Iterator[GitHub]:
    client = GitHub.from_environment(api.environment, "owner/shop", patience=2)
    yield client
    client.close()


def test_a_run_is_found_by_its_commit_and_followed_to_its_end(platform: Platform, github: GitHub) -> None:
    assert github.runs(SHA) == []
    number = platform.github.run_started(SHA)
    platform.github.run_started(OTHER)
    platform.github.run_started(SHA, "lint.yml")
    (run,) = github.runs(SHA)
    assert (run.id, run.status, run.conclusion, run.ended) == (number, "in_progress", "", False)
    assert run.url == f"https://github.com/owner/shop/actions/runs/{number}"
    platform.github.run_finished(number, "success")
    assert github.run(number).succeeded


def test_of_several_runs_of_a_commit_the_newest_comes_first(platform: Platform, github: GitHub) -> None:
    first, second = platform.github.run_started(SHA), platform.github.run_started(SHA)
    assert [run.id for run in github.runs(SHA)] == [second, first]


def test_jobs_have_their_steps_and_the_first_that_failed(platform: Platform, github: GitHub) -> None:
    run = platform.github.run_started(SHA)
    platform.github.job_updated(run, "checks", "in_progress", steps=[("Set up", "completed", "success")])
    steps = [("Set up", "completed", "success"), ("Tests", "completed", "failure"), ("Clean", "queued", None)]
    platform.github.job_updated(run, "checks", "completed", "failure", "2 failed\n", steps=steps)
    platform.github.job_updated(run, "deploy", "queued")
    checks, deploy = github.jobs(run)
    assert (checks.name, checks.conclusion, checks.failed_step) == ("checks", "failure", "Tests")
    assert (deploy.status, deploy.conclusion, deploy.failed_step) == ("queued", "", "")
    assert github.job_log(checks.id) == "2 failed\n"
    assert github.job_log(deploy.id) == ""


def test_a_log_is_given_without_colours_and_times(platform: Platform, github: GitHub) -> None:
    log = "\ufeff2026-11-22T10:00:00.1234567Z \x1b[31;1mFAILED\x1b[0m test\n2026-11-22T10:00:01.1Z 2 failed\n"
    run = platform.github.run_started(SHA)
    job = platform.github.job_updated(run, "checks", "completed", "failure", log)
    assert github.job_log(job) == "FAILED test\n2 failed\n"


def test_of_a_long_log_the_end_is_given(platform: Platform, github: GitHub) -> None:
    run = platform.github.run_started(SHA)
    job = platform.github.job_updated(run, "checks", "completed", "failure", "x" * 100_000 + "the end")
    log = github.job_log(job)
    assert len(log) == 20_000
    assert log.endswith("the end")


@pytest.mark.parametrize(
    ("conclusion", "passed"),
    [("success", True), ("neutral", True), ("skipped", True), ("failure", False), ("cancelled", False)],
)
def test_checks_of_a_commit_have_passed_or_not(
    platform: Platform, github: GitHub, conclusion: str, passed: bool
) -> None:
    run = platform.github.run_started(SHA)
    platform.github.job_updated(run, "checks", "completed", conclusion)
    (check,) = github.checks(SHA)
    assert (check.name, check.passed) == ("checks", passed)
    assert github.checks(OTHER) == []


def test_a_check_that_goes_on_has_not_passed(platform: Platform, github: GitHub) -> None:
    run = platform.github.run_started(SHA)
    platform.github.job_updated(run, "checks", "in_progress")
    (check,) = github.checks(SHA)
    assert not check.passed


def test_every_page_is_read(platform: Platform, api: Api, github: GitHub) -> None:
    run = platform.github.run_started(SHA)
    for number in range(120):
        platform.github.job_updated(run, f"job {number}", "queued")
    assert len(github.jobs(run)) == 120
    assert api.calls.count("GET", "/jobs") == 2


def test_an_unknown_run_is_an_error_with_the_fix(github: GitHub) -> None:
    with pytest.raises(RequestFailed) as caught:
        github.run(1)
    assert (caught.value.code, caught.value.exit_status) == ("github_not_found", 5)
    assert "GITHUB_TOKEN" in caught.value.fix


def test_a_broken_connection_is_tried_again(platform: Platform, api: Api, github: GitHub) -> None:
    platform.github.run_started(SHA)
    platform.faults.add(Rule(path="^/github/", cut="after"))
    assert len(github.runs(SHA)) == 1
    assert api.calls.count("GET", "/runs") == 2


def test_runs_and_logs_are_still_known_after_a_restart(platform: Platform, github: GitHub) -> None:
    from smctl.rehearsal.github import Workflows
    from smctl.rehearsal.state import State

    run = platform.github.run_started(SHA)
    job = platform.github.job_updated(run, "checks", "completed", "success", "fine")
    again = Workflows(State(platform.state.folder))
    assert again.log(job) == "fine"
    assert again.run_started(OTHER) > job
