"""A deploy, whatever goes wrong at whichever step: one whole release is live after it, and the right one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from smctl.errors import RemoteFailed, SmctlError
from smctl.rehearsal.faults import ALWAYS, Rule
from smctl.release import deploying, ledger
from smctl.release.model import image_of
from smctl.release.rollout import ReleaseFailed
from smctl.release.steps import Journal, Progress
from tests.release.stage import MIGRATE, REPOSITORY, WEB, WORKER, A, B, Stage

DEPLOYS, LOGS, EVENTS = r"/services/[^/]+/deploys", r"/logs$", r"/events$"
START, ONE = f"{DEPLOYS}$", f"{DEPLOYS}/dep-"
IMAGE_B = image_of(REPOSITORY, B)


def deploy(stage: Stage, sha: str = B) -> Journal:
    told: list[Progress] = []
    journal = Journal(told.append)
    good = ledger.live(stage.releases)
    deploying.carry_out(stage.render, deploying.plan(stage.target, sha, stage.pair, good), journal)
    return journal


def names(journal: Journal) -> list[str]:
    return [step.name for step in journal.ended]


def test_every_step_is_taken_and_told(stage: Stage) -> None:
    journal = deploy(stage)
    assert names(journal) == ["deploy web", "deploy worker", "verify", "settle"]
    assert {step.state for step in journal.ended} == {"done"}
    assert stage.live == (B, B) and stage.answers == B
    assert stage.asked_for(B) == (1, 1)
    assert {service.image for service in stage.pair.services} == {IMAGE_B}


def test_what_is_live_already_is_not_triggered_again(stage: Stage) -> None:
    deploy(stage, A)
    assert stage.asked_for(A) == (1, 1)


def test_what_an_earlier_run_has_triggered_is_followed(stage: Stage) -> None:
    stage.goes_wrong(Rule(service=WEB, deploy="slow_build", seconds=0.3))
    stage.platform.start_deploy(stage.web_id, IMAGE_B)
    deploy(stage)
    assert stage.asked_for(B) == (1, 1) and stage.live == (B, B)


def web(**fault: object) -> Rule:
    return Rule(service=WEB, **fault)  # type: ignore[arg-type]


def worker(**fault: object) -> Rule:
    return Rule(service=WORKER, **fault)  # type: ignore[arg-type]


def request(method: str, path: str, **fault: object) -> Rule:
    return Rule(method=method, path=path, **fault)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    """rules: what goes wrong. live: the commit that every service runs after it. exit: 0, or that of the
    error. asked: how many deploys of B web and worker were asked for.
    """

    name: str
    rules: tuple[Rule, ...]
    live: str = B
    exit: int = 0
    asked: tuple[int, int] = (1, 1)


CASES = (
    # Asking for a deploy of web, which is a POST and the first.
    Case("web-429", (request("POST", START, status=429, headers={"Retry-After": "0"}),)),
    Case("web-500-not-done", (request("POST", START, status=500),)),
    Case("web-503-not-done-twice", (request("POST", START, status=503, times=2),), A, 5, (0, 0)),
    Case("web-cut-before", (request("POST", START, cut="before"),)),
    Case("web-cut-in-mid-answer", (request("POST", START, cut="after"),)),
    Case("web-timeout-done", (request("POST", START, answer_delay=0.6),)),
    Case("web-timeout-not-done", (request("POST", START, delay=0.6, cut="before"),)),
    Case("web-empty-202", (request("POST", START, empty_202=True),)),
    Case("web-401", (request("POST", START, status=401),), A, 5, (0, 0)),
    Case("web-404", (request("POST", START, status=404),), A, 5, (0, 0)),
    Case("web-409", (request("POST", START, status=409),), A, 5, (0, 0)),
    # Asking how web's deploy is.
    Case("poll-429", (request("GET", ONE, status=429, headers={"Retry-After": "0"}),)),
    Case("poll-500", (request("GET", ONE, status=500, times=3),)),
    Case("poll-cut", (request("GET", ONE, cut="after", times=3),)),
    Case("poll-timeout", (request("GET", ONE, answer_delay=0.6),)),
    Case("poll-401", (request("GET", ONE, status=401, times=2),), A, 5, (1, 0)),
    # Web itself.
    Case("web-image-gone", (), A, 1, (1, 0)),
    Case("web-migration-fails", (), A, 1, (1, 0)),
    Case("web-unhealthy", (web(deploy="unhealthy"),), A, 1, (1, 0)),
    Case("web-crashes", (web(deploy="crash"),), A, 1, (1, 0)),
    Case("web-slow", (web(deploy="slow_build", seconds=0.3),)),
    # Asking for a deploy of the worker, which is the second POST.
    Case("worker-429", (request("POST", START, nth=2, status=429, headers={"Retry-After": "0"}),)),
    Case("worker-500-not-done", (request("POST", START, nth=2, status=500),)),
    Case("worker-500-three-times", (request("POST", START, nth=2, status=500, times=2),), A, 5, (1, 0)),
    Case("worker-cut-before", (request("POST", START, nth=2, cut="before"),)),
    Case("worker-cut-in-mid-answer", (request("POST", START, nth=2, cut="after"),)),
    Case("worker-timeout-done", (request("POST", START, nth=2, answer_delay=0.6),)),
    Case("worker-empty-202", (request("POST", START, nth=2, empty_202=True),)),
    Case("worker-401", (request("POST", START, nth=2, status=401),), A, 5, (1, 0)),
    # The worker itself, after web went live.
    Case("worker-image-gone", (), A, 1),
    Case("worker-crashes", (worker(deploy="crash"),), A, 1),
    Case("worker-unhealthy", (worker(deploy="unhealthy"),), A, 1),
    # What production says of itself.
    Case("other-release-answers", (), A, 1),
    # Storing the image.
    Case("settle-429", (request("PATCH", r"/services/srv-", status=429, headers={"Retry-After": "0"}),)),
    Case("settle-500", (request("PATCH", r"/services/srv-", status=500, times=2),)),
    Case("settle-cut", (request("PATCH", r"/services/srv-", cut="after"),)),
    Case("settle-403", (request("PATCH", r"/services/srv-", status=403),), A, 5),
    # While the last good release is put back.
    Case("back-500", (worker(deploy="crash"), request("POST", r"/rollback$", status=500)), A, 1),
    Case("back-cut", (worker(deploy="crash"), request("POST", r"/rollback$", cut="after")), A, 1),
    Case("back-400", (worker(deploy="crash"), request("POST", r"/rollback$", status=400)), A, 1),
    Case("back-empty-202", (worker(deploy="crash"), request("POST", r"/rollback$", empty_202=True)), A, 1),
    # What only explains a failure is no failure of its own.
    Case("events-500", (web(deploy="crash"), request("GET", EVENTS, status=500, times=ALWAYS)), A, 1, (1, 0)),
    Case("logs-500", (web(deploy="crash"), request("GET", LOGS, status=500, times=ALWAYS)), A, 1, (1, 0)),
)


def prepare(stage: Stage, case: Case) -> None:
    stage.goes_wrong(*case.rules)
    if case.name == "web-image-gone":
        stage.runner.missing.add(IMAGE_B)
    if case.name == "web-migration-fails":
        stage.runner.codes[MIGRATE] = 1
    if case.name == "worker-image-gone":
        _gone_after_web(stage)
    if case.name == "other-release-answers":
        stage.runner.deaf.add(IMAGE_B)


def _gone_after_web(stage: Stage) -> None:
    """The registry loses the image once web has it."""
    start = stage.runner.start

    def started(*arguments: object, **named: object) -> None:
        start(*arguments, **named)  # type: ignore[arg-type]
        stage.runner.missing.add(IMAGE_B)

    stage.runner.start = started  # type: ignore[method-assign]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_whole_release_is_live_after_it(stage: Stage, case: Case) -> None:
    prepare(stage, case)
    status, error = 0, ""
    try:
        deploy(stage)
    except SmctlError as failed:
        status, error = failed.exit_status, f"{failed.message}\n{failed.why}\n{failed.fix}"
    assert (status, stage.live, stage.answers) == (case.exit, (case.live, case.live), case.live), error
    assert stage.asked_for(B) == case.asked
    assert "rnd_" not in error
    assert not status or A[:12] in error, "it says what is live"


def test_a_failure_tells_the_reason_and_the_last_lines(stage: Stage) -> None:
    stage.goes_wrong(web(deploy="crash"))
    with pytest.raises(ReleaseFailed) as failed:
        deploy(stage)
    assert "exited with status 1" in failed.value.message or "status 1" in failed.value.message
    assert f"{WEB} | " in failed.value.why
    assert failed.value.fix == "smctl logs --production web"


def test_without_anything_live_a_failure_says_so(stage: Stage) -> None:
    stage.goes_wrong(web(deploy="crash"))
    with pytest.raises(ReleaseFailed, match="Live now: "):
        deploying.carry_out(
            stage.render, deploying.plan(stage.target, B, stage.pair, None), Journal(lambda progress: None)
        )


def test_cut_off_for_good_it_says_that_it_does_not_know(stage: Stage) -> None:
    stage.goes_wrong(
        request("GET", ONE, cut="before", times=ALWAYS),
        request("GET", DEPLOYS, nth=5, times=ALWAYS, cut="before"),
    )
    with pytest.raises(RemoteFailed):
        deploy(stage)
    stage.platform.faults.clear()
    deploy(stage)
    assert stage.live == (B, B) and stage.asked_for(B)[0] == 1
