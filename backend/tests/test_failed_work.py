"""Work that ends badly, on real workers: it is done in the end, once in effect, and FailedJob tells of it."""

import contextlib
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen

import pytest
import redis
from celery import Task
from django.conf import settings
from kombu import Connection
from kombu.exceptions import OperationalError

from apps.adminops.models import FailedJob, JobStatus
from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions.models import Customer
from smartmarket.celery import app
from tests.support import tasks
from tests.support.factories import make_shop
from tests.support.processes import WORKER, WORKER_FLAGS, running, wait_until
from tests.support.queue_server import queue_server

pytestmark = pytest.mark.django_db(transaction=True)

# A queue and a name of their own set these workers apart from the one that the other tests use.
QUEUE = "tests-failed-work"
COMMAND = (*WORKER, *WORKER_FLAGS, "--include", "tests.support.tasks")


def a_worker(env: dict[str, str], log: Path, name: str) -> AbstractContextManager[Popen[bytes]]:
    return running(*COMMAND, "-Q", QUEUE, "-n", f"{name}@tests", env=env, log=log)


def kill(worker: Popen[bytes]) -> None:
    """End the worker and the processes of its pool, without a warning."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


@pytest.fixture(scope="module")
def careful_worker(
    env: dict[str, str], redis_client: redis.Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Popen[bytes]]:
    """One worker for the tests that do not end it."""
    log = tmp_path_factory.mktemp("careful") / "worker.log"
    with a_worker(env, log, "careful") as process:
        yield process
        kill(process)


@pytest.fixture
def shop(transactional_db: None) -> Business:
    return make_shop()


def send(task: Task[..., None], shop: Business, **arguments: int) -> str:
    return str(task.apply_async(kwargs={"business_id": shop.pk, **arguments}, queue=QUEUE).id)


def told(task_id: str) -> FailedJob | None:
    """Return what is known of a task that did not end well."""
    with scope.every_business():
        return FailedJob.objects.filter(celery_task_id=task_id).first()


def becomes(task_id: str, status: JobStatus, *, seconds: float = 40) -> FailedJob:
    """Return the job once it has this status."""

    def is_so() -> bool:
        job = told(task_id)
        return job is not None and job.status == status

    wait_until(is_so, seconds=seconds)
    job = told(task_id)
    assert job is not None
    return job


def traces(client: redis.Redis, name: str, shop: Business) -> int:
    return int(client.get(f"tests:trace:{name}:{shop.pk}") or 0)


def children(process: Popen[bytes]) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def kill_busy_children(process: Popen[bytes]) -> None:
    """Kill every process of the worker's pool, as the kernel does when memory runs out."""
    for pid in children(process):
        os.kill(pid, signal.SIGKILL)


def test_a_task_whose_process_was_killed_is_done_once(
    careful_worker: Popen[bytes], shop: Business, redis_client: redis.Redis
) -> None:
    task_id = send(tasks.once, shop, hang=1)
    wait_until(lambda: traces(redis_client, "once", shop) == 1, seconds=30)
    kill_busy_children(careful_worker)
    job = becomes(task_id, JobStatus.RESOLVED)
    assert (job.attempt_count, job.business_id, job.task_name) == (1, shop.pk, "tests.once")
    assert job.arguments == {"business_id": shop.pk, "hang": 1}
    assert traces(redis_client, "once", shop) == 2
    shop.refresh_from_db()
    assert shop.name == "once+"


def test_a_task_that_kills_its_worker_each_time_is_given_up(
    careful_worker: Popen[bytes], shop: Business, redis_client: redis.Redis
) -> None:
    job = becomes(send(tasks.poison, shop), JobStatus.FAILED)
    assert (job.attempt_count, traces(redis_client, "poison", shop)) == (3, 3)
    assert "died in each of 3 attempts" in job.error_message
    done = send(tasks.once, shop, hang=0)
    wait_until(lambda: traces(redis_client, "done", shop) == 1, seconds=30)
    assert told(done) is None


def test_an_exception_is_told_without_its_secrets(careful_worker: Popen[bytes], shop: Business) -> None:
    job = becomes(send(tasks.fail, shop, until=9), JobStatus.FAILED)
    assert job.error_message == "ValueError: It went wrong; password=[redacted]"
    assert job.attempt_count == 1


@pytest.mark.parametrize(
    ("task", "error"), [(tasks.slow, "SoftTimeLimitExceeded"), (tasks.stuck, "TimeLimitExceeded")]
)
def test_a_task_that_takes_too_long_is_ended_and_told(
    task: Task[..., None], error: str, careful_worker: Popen[bytes], shop: Business
) -> None:
    job = becomes(send(task, shop), JobStatus.FAILED)
    assert job.error_message.startswith(f"{error}: ")
    assert (job.attempt_count, job.business_id) == (1, shop.pk)


def test_a_task_that_loses_the_database_is_tried_again(
    careful_worker: Popen[bytes], shop: Business, redis_client: redis.Redis
) -> None:
    job = becomes(send(tasks.unlucky, shop, until=1), JobStatus.RESOLVED)
    assert (job.attempt_count, traces(redis_client, "unlucky", shop)) == (1, 2)
    assert job.error_message.startswith("OperationalError: ")


def test_a_task_that_nobody_knows_is_told(careful_worker: Popen[bytes], shop: Business) -> None:
    sent = app.send_task("tests.gone", kwargs={"business_id": shop.pk}, queue=QUEUE)
    job = becomes(sent.id, JobStatus.FAILED)
    assert (job.task_name, job.business_id) == ("tests.gone", shop.pk)


def test_a_task_whose_whole_worker_was_killed_is_done_once_by_the_next(
    env: dict[str, str], shop: Business, log_file: Path, redis_client: redis.Redis
) -> None:
    impatient = {**env, "CELERY_VISIBILITY_TIMEOUT": "2"}
    with a_worker(impatient, log_file, "doomed") as doomed:
        task_id = send(tasks.once, shop, hang=1)
        wait_until(lambda: traces(redis_client, "once", shop) == 1, seconds=30)
        kill(doomed)
    assert told(task_id) is None
    with a_worker(impatient, log_file, "heir") as heir:
        job = becomes(task_id, JobStatus.RESOLVED)
        kill(heir)
    assert (job.attempt_count, traces(redis_client, "once", shop)) == (1, 2)
    shop.refresh_from_db()
    assert shop.name == "once+"


def test_no_accepted_task_is_lost_when_the_queue_crashes_under_load(
    env: dict[str, str], shop: Business, log_file: Path, tmp_path: Path
) -> None:
    with queue_server(tmp_path) as server:
        hasty = {**env, "REDIS_URL": server.url, "CELERY_VISIBILITY_TIMEOUT": "2"}
        with a_worker(hasty, log_file, "loaded") as worker, app.connection_for_write(server.url) as queue:
            accepted = send_numbers(range(40), shop, queue)
            wait_until(lambda: bool(numbers_done(shop)), seconds=20)
            server.crash()
            assert send_numbers(range(40, 43), shop, queue) == set()
            server.start()
            accepted |= send_numbers(range(43, 100), shop, queue)
            assert len(accepted) > 90
            wait_until(lambda: numbers_done(shop) >= accepted, seconds=30)
            wait_until(lambda: not unresolved(), seconds=10)
            kill(worker)


def send_numbers(numbers: Iterable[int], shop: Business, queue: Connection) -> set[int]:
    """Send one task for each number and return those that were accepted."""
    accepted = set()
    for number in numbers:
        arguments = {"business_id": shop.pk, "number": number}
        with contextlib.suppress(OperationalError):
            app.send_task("tests.number", kwargs=arguments, connection=queue, queue=QUEUE)
            accepted.add(number)
    return accepted


def numbers_done(shop: Business) -> set[int]:
    with scope.working_for(shop.pk):
        return {int(phone[5:]) for phone in Customer.objects.values_list("phone", flat=True)}


def unresolved() -> list[FailedJob]:
    with scope.every_business():
        return list(FailedJob.objects.exclude(status=JobStatus.RESOLVED))


def test_no_task_may_outlast_the_time_after_which_it_is_delivered_again() -> None:
    app.loader.import_default_modules()
    own = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    longest = max(task.time_limit or settings.CELERY_TASK_TIME_LIMIT for task in own)
    assert longest + settings.TASK_LONGEST_COUNTDOWN < settings.TASK_VISIBILITY_TIMEOUT
