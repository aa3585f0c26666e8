"""What /metrics says of tasks: a real worker, whatever becomes of a task, of Redis or of the worker."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen

import pytest
import redis
from django.conf import settings
from django.test import Client, override_settings

from apps.core.metrics import redis as metrics_redis
from apps.core.metrics import worker as metrics_worker
from apps.core.metrics.redis import HANDED_OUT, QUEUE, UNACKNOWLEDGED
from apps.core.metrics.tally import BUCKETS, KEY, Tally, TaskState, Totals
from smartmarket.broker import Channel, handed_key
from smartmarket.celery import app
from smartmarket.heartbeat import SOCKET_TIMEOUT_SECONDS
from tests.support.addresses import redis_url
from tests.support.observed import QUEUE as OBSERVED_QUEUE
from tests.support.processes import WORKER, WORKER_FLAGS, running, stop, wait_until
from tests.support.prometheus import AUTHORIZATION, TOKEN, Scrape
from tests.support.proxy import Proxy

TASKS = "smartmarket_tasks_total"
SECONDS = "smartmarket_task_duration_seconds"
# A worker that a test starts for itself has a queue of its own.
LONELY_QUEUE = "tests-observed-lonely"


def observed_worker(env: dict[str, str], log: Path, queue: str) -> AbstractContextManager[Popen[bytes]]:
    own = {**env, "DJANGO_SETTINGS_MODULE": "tests.support.observed.settings"}
    return running(*WORKER, *WORKER_FLAGS, "-Q", queue, "-n", f"{queue}@tests", env=own, log=log)


@pytest.fixture(scope="module")
def observed(
    env: dict[str, str], redis_client: redis.Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Popen[bytes]]:
    with observed_worker(env, tmp_path_factory.mktemp("worker") / "worker.log", OBSERVED_QUEUE) as process:
        yield process


@pytest.fixture(autouse=True)
def no_counts(redis_client: redis.Redis) -> None:
    redis_client.delete(KEY)


def send(name: str, queue: str = OBSERVED_QUEUE, **arguments: object) -> None:
    app.send_task(f"observed.{name}", kwargs=arguments, queue=queue)


def scrape() -> Scrape:
    with override_settings(METRICS_TOKEN=TOKEN):
        return Scrape.of(Client().get("/metrics", headers=AUTHORIZATION).content.decode())


def states(name: str) -> dict[str, float]:
    """Return how often the task came into each state it ever came into."""
    found = scrape()
    counts = {
        state.value: found.value(TASKS, task=f"observed.{name}", state=state.value) for state in TaskState
    }
    return {state: count for state, count in counts.items() if count}


def assert_comes_to(name: str, wanted: dict[str, float]) -> None:
    wait_until(lambda: states(name) == wanted, seconds=20)
    # Nothing is still on its way.
    time.sleep(1.5 * metrics_worker.DELIVERY_SECONDS)
    assert states(name) == wanted


@pytest.mark.usefixtures("observed")
def test_tasks_that_succeed_are_counted_with_their_time() -> None:
    for _ in range(3):
        send("succeed", seconds=0.2)
    assert_comes_to("succeed", {"started": 3, "succeeded": 3})
    found = scrape()
    labels = {"task": "observed.succeed"}
    assert found.value(f"{SECONDS}_count", **labels) == 3
    assert 0.6 <= found.value(f"{SECONDS}_sum", **labels) < 1.5
    assert found.value(f"{SECONDS}_bucket", **labels, le="0.1") == 0
    assert found.value(f"{SECONDS}_bucket", **labels, le="0.5") == 3
    assert found.value(f"{SECONDS}_bucket", **labels, le="+Inf") == 3


@pytest.mark.usefixtures("observed")
@pytest.mark.parametrize(
    ("name", "arguments", "wanted"),
    [
        ("fail", {"password": "x"}, {"started": 1, "failed": 1}),
        ("retry", {}, {"started": 2, "retried": 1, "succeeded": 1}),
        ("die", {}, {"started": 2, "lost": 1, "succeeded": 1}),
        ("overrun", {}, {"started": 1, "failed": 1}),
        ("give_up", {}, {"started": 1, "cancelled": 1}),
    ],
)
def test_every_other_end_of_a_task_is_counted_once(
    name: str, arguments: dict[str, str], wanted: dict[str, float]
) -> None:
    send(name, **arguments)
    assert_comes_to(name, wanted)


def test_a_task_that_ends_while_its_worker_shuts_down_is_counted(env: dict[str, str], log_file: Path) -> None:
    with observed_worker(env, log_file, LONELY_QUEUE) as process:
        send("succeed", LONELY_QUEUE, seconds=1.0)
        wait_until(lambda: states("succeed") == {"started": 1}, seconds=10)
        stop(process)
    assert states("succeed") == {"started": 1, "succeeded": 1}


def test_a_task_that_ends_while_redis_hangs_is_counted_once(
    env: dict[str, str], log_file: Path, redis_proxy: Proxy
) -> None:
    with observed_worker({**env, "REDIS_URL": redis_url(redis_proxy.port)}, log_file, LONELY_QUEUE):
        send("succeed", LONELY_QUEUE, seconds=1.0)
        wait_until(lambda: states("succeed") == {"started": 1}, seconds=10)
        redis_proxy.freeze()
        wait_until(lambda: "succeeded in" in log_file.read_text(), seconds=5)
        time.sleep(2 * metrics_worker.DELIVERY_SECONDS)
        redis_proxy.thaw()
        wait_until(lambda: states("succeed").get("succeeded") == 1, seconds=15)
        time.sleep(1.5 * metrics_worker.DELIVERY_SECONDS)
        assert states("succeed") == {"started": 1, "succeeded": 1}


def test_a_redis_that_hangs_holds_the_worker_up_once_in_a_while_and_not_for_long(
    redis_proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    tally = Tally()
    monkeypatch.setattr(metrics_worker, "tally", tally)
    with override_settings(REDIS_URL=redis_url(redis_proxy.port)):
        deliver = metrics_worker.Delivery()
    redis_proxy.freeze()
    tally.started("observed.held-up")
    started = time.monotonic()
    deliver()
    assert time.monotonic() - started < 2.0
    started = time.monotonic()
    for _ in range(100):
        deliver()
    assert time.monotonic() - started < SOCKET_TIMEOUT_SECONDS
    assert tally.take() == {"started|observed.held-up": 1}
    deliver.close()


def test_counts_wait_for_a_redis_that_is_away(redis_client: redis.Redis, redis_proxy: Proxy) -> None:
    tally = metrics_worker.tally
    with override_settings(REDIS_URL=redis_url(redis_proxy.port)):
        deliver = metrics_worker.Delivery()
    redis_proxy.kill()
    tally.ended("observed.away", TaskState.SUCCEEDED, 0.3)
    deliver()
    redis_proxy.revive()
    deliver.resume()
    deliver()
    deliver()
    deliver.close()
    assert redis_client.hgetall(KEY) == {
        b"succeeded|observed.away": b"1",
        b"0.5|observed.away": b"1",
        b"seconds|observed.away": b"0.3",
    }


def test_what_waits_and_what_is_being_worked_on_is_told(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Under other names, because a worker would take what is put under the real ones.
    for name in ("QUEUE", "HANDED_OUT", "UNACKNOWLEDGED"):
        monkeypatch.setattr(metrics_redis, name, f"tests-metrics-{name}")
    redis_client.rpush("tests-metrics-QUEUE", "one", "two")
    redis_client.rpush("tests-metrics-HANDED_OUT", "on its way")
    redis_client.hset("tests-metrics-UNACKNOWLEDGED", "tag", "worked on")
    found = scrape()
    assert found.value("smartmarket_queue_waiting_tasks", queue="tests-metrics-QUEUE") == 3
    assert found.value("smartmarket_queue_unacknowledged_tasks") == 1


def test_the_names_in_redis_are_those_that_celery_uses() -> None:
    assert QUEUE == app.conf.task_default_queue
    assert HANDED_OUT == handed_key(QUEUE)
    assert UNACKNOWLEDGED == Channel.unacked_key


def test_the_last_bucket_but_one_is_the_time_limit() -> None:
    assert BUCKETS[-2] == settings.CELERY_TASK_TIME_LIMIT


def test_a_field_that_another_release_wrote_is_passed_over() -> None:
    totals = Totals.read([("started|a", 2.0), ("halted|a", 3.0), ("7.5|a", 1.0), ("nonsense", 1.0)])
    assert totals.states == {("a", "started"): 2.0}
    assert not totals.durations
