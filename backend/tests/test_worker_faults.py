"""No accepted task is lost, and a worker comes back by itself, whatever is killed or hangs."""

import os
import signal
import time
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen
from typing import Any

import kombu.exceptions
import pytest
import redis
from django.conf import settings

from apps.core import pings
from apps.core.tasks import ping
from smartmarket.broker import handed_key
from smartmarket.celery import app
from tests.support.addresses import redis_url
from tests.support.processes import WORKER, WORKER_FLAGS, free_port, running, wait_until
from tests.support.proxy import Proxy

# A queue and a name of their own set these workers apart from the one that the other tests use.
QUEUE = "tests-faults"
NAME = "lonely@tests"


def lonely_worker(env: dict[str, str], log: Path) -> AbstractContextManager[Popen[bytes]]:
    return running(*WORKER, *WORKER_FLAGS, "-Q", QUEUE, "-n", NAME, env=env, log=log)


def beats(client: redis.Redis) -> bool:
    return client.get(settings.WORKER_HEARTBEAT_KEY) == NAME.encode()


def send(wanted: list[str]) -> None:
    for token in wanted:
        ping.apply_async((token,), queue=QUEUE)


def kill(worker: Popen[bytes]) -> None:
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def test_no_task_is_lost_when_workers_are_stopped_and_killed(
    env: dict[str, str], log_file: Path, redis_client: redis.Redis
) -> None:
    impatient = {**env, "CELERY_VISIBILITY_TIMEOUT": "1"}
    wanted = pings.tokens(prefix="tests-faults", count=100)
    with lonely_worker(impatient, log_file) as stopped:
        send(wanted[:1])
        assert pings.executed(wanted[:1], within_seconds=10) == 1
        os.killpg(stopped.pid, signal.SIGSTOP)
        send(wanted[1:4])
        wait_until(lambda: redis_client.llen(handed_key(QUEUE)) == 1, seconds=2)
        kill(stopped)
    with lonely_worker(impatient, log_file) as busy:
        send(wanted[4:])
        wait_until(lambda: redis_client.hlen("unacked") > 0, seconds=10)
        kill(busy)
    with lonely_worker(impatient, log_file) as last:
        assert pings.executed(wanted, within_seconds=20) == len(wanted)
        kill(last)


def test_a_worker_beats_and_works_again_after_redis_hung_and_died(
    env: dict[str, str], log_file: Path, redis_proxy: Proxy, redis_client: redis.Redis
) -> None:
    with lonely_worker({**env, "REDIS_URL": redis_url(redis_proxy.port)}, log_file) as worker:
        wanted = pings.tokens(prefix="tests-outage", count=4)
        send(wanted[:1])
        assert pings.executed(wanted[:1], within_seconds=10) == 1
        redis_proxy.freeze()
        wait_until(lambda: "heartbeat not delivered" in log_file.read_text(), seconds=5)
        redis_proxy.kill()
        redis_proxy.thaw()
        time.sleep(0.5)
        redis_client.delete(settings.WORKER_HEARTBEAT_KEY)
        redis_proxy.revive()
        wait_until(lambda: beats(redis_client), seconds=10)
        send(wanted[1:])
        assert pings.executed(wanted, within_seconds=5) == 4
        kill(worker)


def publish_to(port: int) -> float:
    """Return how long publishing took to give up."""
    started = time.monotonic()
    with app.connection_for_write(redis_url(port)) as connection:
        with pytest.raises(kombu.exceptions.OperationalError):
            app.send_task(ping.name, ("never",), connection=connection)
    return time.monotonic() - started


def test_publishing_to_a_dead_redis_fails_at_once() -> None:
    assert publish_to(free_port()) < 0.5


def test_publishing_to_a_frozen_redis_gives_up_within_seconds(redis_proxy: Proxy) -> None:
    redis_proxy.freeze()
    assert publish_to(redis_proxy.port) < 4.0


def test_publishing_goes_on_after_redis_restarted(redis_proxy: Proxy, worker: Popen[bytes]) -> None:
    wanted = pings.tokens(prefix="tests-restart", count=2)
    with app.connection_for_write(redis_url(redis_proxy.port)) as connection:
        app.send_task(ping.name, (wanted[0],), connection=connection)
        redis_proxy.kill()
        redis_proxy.revive()
        app.send_task(ping.name, (wanted[1],), connection=connection)
    assert pings.executed(wanted, within_seconds=5) == 2


def test_a_worker_serves_one_queue() -> None:
    with app.connection_for_read() as connection:
        channel: Any = connection.channel()
        for queue in ("tests-one", "tests-two"):
            channel.basic_consume(queue, no_ack=True, callback=print, consumer_tag=queue)
        with pytest.raises(NotImplementedError, match="-Q"):
            channel._brpop_start()
