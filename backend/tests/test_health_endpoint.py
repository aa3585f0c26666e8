"""/health as a monitor sees it: one gunicorn, with proxies before PostgreSQL and Redis, and a real worker."""

import os
import signal
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import pytest

from tests.support.addresses import postgres_address, redis_address, redis_url, through
from tests.support.processes import wait_until
from tests.support.prometheus import TOKEN
from tests.support.proxy import Proxy
from tests.support.web import Answer, Web, serving

NOTICED_WITHIN_SECONDS = 2.0
ALL_WELL = {"db": "ok", "redis": "ok", "workers": "ok"}


@dataclass(frozen=True)
class Stack:
    web: Web
    postgres: Proxy
    redis: Proxy
    log: Path

    def healthy(self) -> bool:
        return self.web.ask("/health").status == 200

    def sick(self) -> bool:
        return not self.healthy()


@pytest.fixture(scope="module")
def running_stack(
    env: dict[str, str], worker: Popen[bytes], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    log = tmp_path_factory.mktemp("web") / "web.log"
    with Proxy(postgres_address()) as postgres, Proxy(redis_address()) as redis:
        database = through(env["DATABASE_URL"], postgres.port)
        own = {"DATABASE_URL": database, "REDIS_URL": redis_url(redis.port), "METRICS_TOKEN": TOKEN}
        with serving({**env, **own}, log) as web:
            yield Stack(web, postgres, redis, log)


@pytest.fixture
def stack(running_stack: Stack) -> Stack:
    wait_until(running_stack.healthy, seconds=5)
    return running_stack


def test_all_well_is_200_with_every_service_named(stack: Stack) -> None:
    answer = stack.web.ask("/health")
    assert answer.status == 200
    assert answer.json == {"status": "ok", "services": ALL_WELL}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Release"] == "0123abc"


def test_a_probe_with_a_foreign_host_over_plain_http_is_answered(stack: Stack) -> None:
    assert stack.web.ask("/health", Host="10.1.2.3:8000").status == 200


def test_head_is_answered_without_a_body(stack: Stack) -> None:
    answer = stack.web.ask("/health", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("path", ["/health", "/health/live"])
def test_nothing_but_reading_is_allowed(stack: Stack, path: str) -> None:
    answer = stack.web.ask(path, method="POST")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_health_is_answered_fast_when_all_is_well(stack: Stack) -> None:
    seconds = [stack.web.ask("/health").seconds for _ in range(200)]
    assert statistics.median(seconds) < 0.05


def test_a_stopped_worker_is_noticed_and_so_is_its_return(stack: Stack, worker: Popen[bytes]) -> None:
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        wait_until(stack.sick, seconds=NOTICED_WITHIN_SECONDS)
        answer = stack.web.ask("/health")
        assert (answer.status, answer.json["status"]) == (503, "down")
        assert answer.json["services"] == {**ALL_WELL, "workers": "down"}
        assert_leaves_out_workers(stack.web.ask("/health?exclude=workers"))
    finally:
        os.kill(worker.pid, signal.SIGCONT)
    wait_until(stack.healthy, seconds=NOTICED_WITHIN_SECONDS)


def assert_leaves_out_workers(answer: Answer) -> None:
    assert (answer.status, answer.json) == (200, {"status": "ok", "services": {"db": "ok", "redis": "ok"}})


def test_a_frozen_database_is_noticed_and_asked_once(stack: Stack) -> None:
    stack.postgres.freeze()
    before = stack.postgres.accepted
    try:
        wait_until(stack.sick, seconds=NOTICED_WITHIN_SECONDS)
        assert stack.web.services() == {**ALL_WELL, "db": "timeout"}
        answers = [stack.web.ask("/health") for _ in range(20)]
        assert max(answer.seconds for answer in answers) < NOTICED_WITHIN_SECONDS
        assert stack.postgres.accepted - before <= 1
    finally:
        stack.postgres.thaw()
    wait_until(stack.healthy, seconds=NOTICED_WITHIN_SECONDS)


def test_a_dead_database_is_noticed(stack: Stack) -> None:
    stack.postgres.kill()
    try:
        wait_until(stack.sick, seconds=NOTICED_WITHIN_SECONDS)
        assert stack.web.services() == {**ALL_WELL, "db": "down"}
    finally:
        stack.postgres.revive()
    wait_until(stack.healthy, seconds=NOTICED_WITHIN_SECONDS)


def test_a_frozen_redis_is_noticed(stack: Stack) -> None:
    stack.redis.freeze()
    try:
        wait_until(stack.sick, seconds=NOTICED_WITHIN_SECONDS)
        answer = stack.web.ask("/health")
        assert answer.json["services"] == {"db": "ok", "redis": "timeout", "workers": "timeout"}
        assert answer.seconds < NOTICED_WITHIN_SECONDS
    finally:
        stack.redis.thaw()
    wait_until(stack.healthy, seconds=NOTICED_WITHIN_SECONDS)


def test_a_dead_redis_is_noticed(stack: Stack) -> None:
    stack.redis.kill()
    try:
        wait_until(stack.sick, seconds=NOTICED_WITHIN_SECONDS)
        assert stack.web.services() == {"db": "ok", "redis": "down", "workers": "down"}
    finally:
        stack.redis.revive()
    wait_until(stack.healthy, seconds=NOTICED_WITHIN_SECONDS)


def test_liveness_depends_on_nothing(stack: Stack) -> None:
    stack.postgres.freeze()
    stack.redis.freeze()
    try:
        answer = stack.web.ask("/health/live")
        assert (answer.status, answer.json) == (200, {"status": "ok"})
        assert answer.seconds < 0.5
    finally:
        stack.postgres.thaw()
        stack.redis.thaw()


def test_new_code_is_served_after_a_hangup_signal(stack: Stack) -> None:
    os.kill(stack.web.pid, signal.SIGHUP)
    wait_until(stack.healthy, seconds=5)


def test_the_log_is_short_and_a_failing_probe_is_no_error_in_it(stack: Stack) -> None:
    stack.web.ask("/api/nope/")
    wait_until(lambda: "GET /api/nope/ 404" in stack.log.read_text(), seconds=2)
    log = stack.log.read_text()
    assert "GET /health 503" in log
    assert "GET /health 200" not in log
    assert "ERROR" not in log
    assert "ontrol socket" not in log
