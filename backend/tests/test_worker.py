"""A real worker executes what was accepted, whatever happens to it."""

from io import StringIO
from subprocess import Popen

import pytest
import redis
from django.core.cache import cache
from django.core.management import CommandError, call_command

from apps.core import pings
from apps.core.tasks import ping, ping_key


def test_the_worker_executes_what_is_sent(worker: Popen[bytes]) -> None:
    wanted = pings.tokens(prefix="tests-sent", count=10)
    pings.send(wanted)
    assert pings.executed(wanted, within_seconds=5) == 10


def test_a_task_that_runs_twice_leaves_its_first_trace(redis_client: redis.Redis) -> None:
    ping.apply(("twice",))
    first = cache.get(ping_key("twice"))
    ping.apply(("twice",))
    assert cache.get(ping_key("twice")) == first
    assert set(first) == {"at", "worker"}


def test_a_trace_is_kept_for_more_than_an_hour(redis_client: redis.Redis) -> None:
    ping.apply(("kept",))
    assert redis_client.ttl(cache.make_key(ping_key("kept"))) > 3600


def ping_worker(*arguments: str) -> str:
    output = StringIO()
    call_command("ping_worker", *arguments, stdout=output)
    return output.getvalue()


def test_ping_worker_sends_waits_and_counts(worker: Popen[bytes]) -> None:
    assert ping_worker("--count", "3") == "3 of 3 executed\n"


def test_ping_worker_sends_now_and_checks_later(worker: Popen[bytes]) -> None:
    batch = ("--count", "4", "--prefix", "tests-later")
    assert ping_worker("--send-only", *batch) == "4 sent\n"
    assert ping_worker("--check", *batch) == "4 of 4 executed\n"


def test_ping_worker_fails_when_a_task_was_not_executed() -> None:
    with pytest.raises(CommandError, match="did not execute all"):
        ping_worker("--check", "--prefix", "never-sent", "--timeout", "0")


@pytest.mark.parametrize("step", ["--send-only", "--check"])
def test_a_batch_that_is_looked_for_later_needs_a_name(step: str) -> None:
    with pytest.raises(CommandError, match="--prefix"):
        ping_worker(step)
