"""What holds for every task: for whom it works, what it may be given, and what it does about trouble."""

import inspect
import random
from typing import Any

import pytest
import redis
from celery import Task
from celery.exceptions import Retry
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerUnreachable
from redis.exceptions import ConnectionError as RedisUnreachable

from apps.core import actor, task_attempts
from apps.core.actor import Actor
from apps.core.task_attempts import UNCOUNTED, Attempts
from apps.core.task_base import unreachable
from apps.core.tenancy import scope
from apps.core.tenancy.tasks import TenantTask
from smartmarket.celery import app
from tests.support import tasks
from tests.support.addresses import redis_url
from tests.support.processes import free_port, python

# They belong to no business; staff sees what becomes of them.
NOBODYS = {"core.ping"}


def own_tasks() -> dict[str, Task[..., Any]]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_every_task_works_for_a_business_that_it_is_given() -> None:
    others = {name for name, task in own_tasks().items() if not isinstance(task, TenantTask)}
    assert others == NOBODYS
    assert "recommendations.refresh_insights" in own_tasks()


def test_a_task_of_a_business_is_given_ids_alone() -> None:
    for name, task in own_tasks().items():
        if name not in NOBODYS:
            parameters = inspect.signature(task.run).parameters.values()
            assert {parameter.annotation for parameter in parameters} == {int}, name


def test_every_task_is_acknowledged_late_and_bounded_in_time() -> None:
    for name, task in own_tasks().items():
        assert task.acks_late and task.reject_on_worker_lost, name
        assert task.soft_time_limit or settings.CELERY_TASK_SOFT_TIME_LIMIT
        assert task.time_limit or settings.CELERY_TASK_TIME_LIMIT


def nobodys() -> None:
    """It does not say for whom."""


def anybodys(*, business_id: int = 1) -> None:
    """It need not be said."""


def positional(business_id: int) -> None:
    """It is said by position, which a log does not show."""


@pytest.mark.parametrize("function", [nobodys, anybodys, positional])
def test_a_task_that_does_not_say_for_whom_it_works_is_not_declared(function: Any) -> None:
    name = f"tests.{function.__name__}"
    with pytest.raises(TypeError, match="business_id"):
        app.task(name=name, base=TenantTask)(function)
    assert name not in app.tasks


def test_a_task_is_not_sent_without_its_business() -> None:
    with pytest.raises(TypeError, match="business_id"):
        tasks.number.delay(number=1)


@app.task(name="tests.look_around", base=TenantTask)
def look_around(*, business_id: int) -> Any:
    return scope.current(), actor.current()


@pytest.mark.parametrize("business", ["*", "7", None])
def test_a_task_works_for_one_business_and_not_for_all_of_them(business: Any) -> None:
    with pytest.raises(TypeError, match="the id of one business"):
        look_around.apply(kwargs={"business_id": business}).get()


def test_a_task_runs_for_its_business_as_the_system_and_leaves_nothing_behind() -> None:
    with scope.nobody(), actor.acting(Actor(user_id=3)):
        assert look_around.apply(kwargs={"business_id": 7}).get() == (7, actor.SYSTEM)
        assert (scope.current(), actor.current()) == (None, Actor(user_id=3))


class FromPostgres(Exception):
    """What psycopg raises."""

    def __init__(self, pgcode: str) -> None:
        self.pgcode = pgcode


def refused(code: str) -> OperationalError:
    """Return what Django makes of it."""
    error = OperationalError()
    error.__cause__ = FromPostgres(code)
    return error


@pytest.mark.parametrize(
    ("trouble", "is_so"),
    [
        (OperationalError("could not connect"), True),
        (refused("57P01"), True),
        (refused("08006"), True),
        (refused("57014"), False),
        (refused("40P01"), False),
        (InterfaceError(), True),
        (BrokerUnreachable(), True),
        (RedisUnreachable(), True),
        (IntegrityError(), False),
    ],
)
def test_a_server_that_is_away_is_told_from_one_that_refuses(trouble: Exception, is_so: bool) -> None:
    assert unreachable(trouble) == is_so


REJECTED = """
import django
django.setup()
from celery.exceptions import Reject
from tests.support.tasks import unlucky
arguments = {"business_id": 1, "until": 1}
unlucky.push_request(id="x", called_directly=False, retries=0, args=(), kwargs=arguments, delivery_info={})
try:
    unlucky(**arguments)
except Reject as rejection:
    print("requeue", rejection.requeue)
"""


def test_a_retry_that_cannot_be_sent_leaves_the_task_with_the_broker(env: dict[str, str]) -> None:
    done = python("-c", REJECTED, env={**env, "REDIS_URL": redis_url(free_port())})
    assert done.stdout == "requeue True\n", done.stderr


@app.task(name="tests.struggle", base=TenantTask)
def struggle(*, business_id: int) -> None:
    """Run into what the test has put here."""
    raise TROUBLES[business_id]


TROUBLES: dict[int, Exception] = {}


def retries_of(trouble: Exception, *, after: int) -> float | None:
    """Return in how many seconds a task that ran into this is tried again; None for never."""
    TROUBLES[1] = trouble
    # Eager, so that the retry is told and not sent.
    struggle.push_request(
        retries=after, called_directly=False, is_eager=True, args=(), kwargs={"business_id": 1}
    )
    try:
        struggle(business_id=1)
    except Retry as again:
        return float(again.when)  # type: ignore[arg-type]
    except type(trouble):
        return None
    finally:
        struggle.pop_request()
    raise AssertionError("It did not run into it.")


def test_trouble_is_retried_less_and_less_often_at_random_moments() -> None:
    random.seed(1)
    for after, longest in ((0, 2), (1, 4), (2, 8), (50, settings.TASK_LONGEST_COUNTDOWN)):
        delays = {retries_of(OperationalError(), after=after) for _ in range(200)}
        assert len(delays) > 100
        assert 0 <= min(d for d in delays if d is not None)
        assert 0.8 * longest < max(d for d in delays if d is not None) <= longest


def test_a_database_that_refuses_is_asked_a_few_times_and_one_that_is_away_until_it_is_back() -> None:
    assert retries_of(refused("57014"), after=4) is not None
    assert retries_of(refused("57014"), after=5) is None
    assert retries_of(OperationalError("could not connect"), after=500) is not None
    assert retries_of(ValueError(), after=0) is None


def test_attempts_are_counted(redis_client: redis.Redis) -> None:
    assert task_attempts.begin("counted") == Attempts(1, 0)
    assert task_attempts.begin("counted").lost == 1
    assert task_attempts.end("counted") == 2
    assert task_attempts.begin("counted") == Attempts(3, 1)
    assert task_attempts.begin("counted").lost == 2
    assert redis_client.ttl("task-attempts:counted") > 24 * 3600
    assert task_attempts.forget("counted") == 4
    assert task_attempts.forget("counted") == 1
    assert task_attempts.begin("counted").lost == 0


def test_without_redis_an_attempt_counts_as_the_first(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = redis.Redis.from_url(redis_url(free_port()))
    monkeypatch.setattr(task_attempts, "_redis", lambda: nowhere)
    assert task_attempts.begin("away") == UNCOUNTED
    assert task_attempts.end("away") == task_attempts.forget("away") == 1
