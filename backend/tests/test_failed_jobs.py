"""The books of work that failed: what is kept, who sees it, and sending it again."""

import json
from collections.abc import Iterator
from subprocess import Popen
from typing import Any

import pytest
from celery.signals import after_task_publish
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.adminops import services
from apps.adminops.arguments import CUT, TOO_LONG, presentable, whole
from apps.adminops.models import AuditLog, FailedJob, JobStatus
from apps.auth.models import Business, User
from apps.core import queue
from apps.core.queue import QueueUnavailable
from apps.core.redaction import REDACTED
from apps.core.tenancy import scope
from apps.recommendations.schedule import REFRESH
from tests.support.factories import make_customer, make_sale, make_shop
from tests.support.processes import wait_until

pytestmark = pytest.mark.django_db


def record(shop: Business | None, **values: Any) -> FailedJob:
    """Note a failure and return the row."""
    known = {
        "task_id": "task-1",
        "task_name": REFRESH,
        "arguments": {} if shop is None else {"business_id": shop.pk},
        "error": "ValueError: no",
        "attempts": 1,
        "status": JobStatus.FAILED,
    }
    services.failed_job_record(**{**known, **values})
    with scope.every_business():
        return FailedJob.objects.get(celery_task_id=values.get("task_id", "task-1"))


@pytest.fixture
def sent() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The tasks that are sent while a test runs, by name and arguments."""
    tasks: list[tuple[str, dict[str, Any]]] = []

    def note(sender: str, body: tuple[Any, ...], **_: Any) -> None:
        tasks.append((sender, body[1]))

    after_task_publish.connect(note, weak=False)
    yield tasks
    after_task_publish.disconnect(note)


# What is kept.


def called(business_id: int, password: str = "", note: str = "", items: Any = ()) -> None:
    """What a task might be declared as."""


def test_arguments_are_kept_by_name() -> None:
    kept = presentable(called, (7,), {"note": "রহিম"})
    assert kept == {"business_id": 7, "note": "রহিম"}
    assert whole(kept)


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ({"password": "hunter2"}, {"password": REDACTED}),
        ({"items": [{"api_key": "hunter2", "n": 1}]}, {"items": [{"api_key": REDACTED, "n": 1}]}),
        ({"note": "postgres://shop:hunter2@db/shop"}, {"note": f"postgres://{REDACTED}@db/shop"}),
        ({"note": "x" * 300}, {"note": "x" * 200 + CUT}),
        ({"items": ["y" * 100] * 100}, {"items": TOO_LONG}),
    ],
)
def test_secrets_and_lengths_are_left_out(arguments: dict[str, Any], kept: dict[str, Any]) -> None:
    found = presentable(called, (), {"business_id": 7, **arguments})
    assert found == {"business_id": 7, **kept}
    assert not whole(found)
    assert "hunter2" not in json.dumps(found)


def test_arguments_that_do_not_fit_are_kept_too() -> None:
    assert presentable(called, (1, 2, 3, 4, 5), {"more": 6})["argument 5"] == 5
    assert presentable(None, (1,), {"business_id": 7}) == {"argument 1": 1, "business_id": 7}


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800", "\\u0000", float("nan"), {"deep": "a\x00"}])
def test_what_postgresql_cannot_store_does_not_stop_the_note(text: Any, shop: Business) -> None:
    arguments = presentable(called, (), {"business_id": shop.pk, "items": text})
    job = record(shop, arguments=arguments, error=f"ValueError: {text}")
    assert job.business_id == shop.pk


def test_a_long_error_is_cut(shop: Business) -> None:
    assert len(record(shop, error="x" * 100_000).error_message) < 3_000


def test_a_business_that_is_gone_is_no_reason_not_to_note() -> None:
    assert record(None, arguments={"business_id": 123_456_789}).business_id is None


def test_the_same_failure_told_twice_is_noted_once(shop: Business) -> None:
    record(shop, attempts=2, status=JobStatus.RETRYING)
    job = record(shop, attempts=1)
    assert (job.attempt_count, job.status) == (2, JobStatus.FAILED)


def test_only_what_was_to_run_again_is_resolved(shop: Business) -> None:
    record(shop, status=JobStatus.RETRYING)
    record(shop, task_id="task-2")
    for task_id in ("task-1", "task-2", "task-3"):
        services.failed_job_resolve(task_id)
    with scope.every_business():
        found = dict(FailedJob.objects.values_list("celery_task_id", "status"))
    assert found == {"task-1": JobStatus.RESOLVED, "task-2": JobStatus.FAILED}


# The API.


def test_a_shop_sees_its_own_failures_only(shop_api: APIClient, shop: Business, other_shop: Business) -> None:
    own = record(shop)
    foreign, nobodys = record(other_shop, task_id="task-2"), record(None, task_id="task-3")
    assert [row["id"] for row in shop_api.get("/api/failed-jobs/").json()["results"]] == [own.pk]
    for job in (foreign, nobodys):
        for answer in (
            shop_api.get(f"/api/failed-jobs/{job.pk}/"),
            shop_api.post(f"/api/failed-jobs/{job.pk}/retry/"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_failures_are_filtered(shop_api: APIClient, shop: Business) -> None:
    record(shop)
    other = record(shop, task_id="task-2", task_name="core.other", status=JobStatus.RETRYING)
    for query in ("status=retrying", "task_name=core.other"):
        found = shop_api.get(f"/api/failed-jobs/?{query}").json()["results"]
        assert [row["id"] for row in found] == [other.pk]


def test_a_list_of_failures_is_one_query(
    shop_api: APIClient, shop: Business, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        record(shop, task_id=f"task-{number}")
    with django_assert_num_queries(1):
        assert len(shop_api.get("/api/failed-jobs/").json()["results"]) == 5


def test_a_failed_task_is_sent_again_once(
    shop_api: APIClient, shop: Business, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    address = f"/api/failed-jobs/{record(shop).pk}/retry/"
    answer = shop_api.post(address)
    assert (answer.status_code, answer.json()["status"]) == (202, "retried")
    again = shop_api.post(address)
    assert (again.status_code, again.json()["code"]) == (409, "already_retried")
    assert sent == [(REFRESH, {"business_id": shop.pk})]
    with scope.working_for(shop.pk):
        [entry] = AuditLog.objects.all()
    assert (entry.action, entry.user_id) == ("failed_job.retried", shop.user_id)
    assert entry.details["task"] == REFRESH and entry.details["celery_task_id"] != "task-1"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"status": JobStatus.RETRYING}, "not_failed"),
        ({"status": JobStatus.RESOLVED}, "not_failed"),
        ({"arguments": {"password": REDACTED}}, "redacted"),
        ({"task_name": "core.gone"}, "unknown_task"),
        ({"arguments": {"argument 1": 2}}, "unknown_task"),
    ],
)
def test_what_cannot_be_sent_again_is_refused(
    values: dict[str, Any],
    code: str,
    shop_api: APIClient,
    shop: Business,
    sent: list[tuple[str, dict[str, Any]]],
) -> None:
    arguments = {"business_id": shop.pk, **values.get("arguments", {})}
    job = record(shop, **{**values, "arguments": arguments})
    answer = shop_api.post(f"/api/failed-jobs/{job.pk}/retry/")
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    with scope.working_for(shop.pk):
        assert FailedJob.objects.get().status == job.status
        assert not AuditLog.objects.exists()
    assert sent == []


def test_nothing_is_noted_when_the_queue_does_not_take_it(
    shop_api: APIClient, shop: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise QueueUnavailable

    monkeypatch.setattr(queue, "send", refuse)
    answer = shop_api.post(f"/api/failed-jobs/{record(shop).pk}/retry/")
    assert (answer.status_code, answer.json()["code"]) == (503, "queue_unavailable")
    with scope.working_for(shop.pk):
        assert FailedJob.objects.get().status == JobStatus.FAILED
        assert not AuditLog.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_what_is_sent_again(transactional_db: None, worker: Popen[bytes]) -> None:
    shop = make_shop()
    make_sale(shop, customer=make_customer(shop))
    client = APIClient()
    client.force_authenticate(shop.user)
    assert client.post(f"/api/failed-jobs/{record(shop).pk}/retry/").status_code == 202
    wait_until(lambda: bool(client.get("/api/churn-scores/").json()["results"]), seconds=15)


# The admin.


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin@example.com"))
    return client


PAGES = [
    "adminops/auditlog",
    "adminops/failedjob",
    "customers/churnscore",
    "forecasting/forecast",
    "forecasting/cashflowforecast",
    "recommendations/recommendation",
]


@pytest.mark.parametrize("page", PAGES)
def test_records_are_to_look_at(page: str, staff: Client) -> None:
    assert staff.get(f"/admin/{page}/?q=x").status_code == 200
    assert staff.get(f"/admin/{page}/add/").status_code == 403


def test_staff_send_failed_tasks_again(
    staff: Client, shop: Business, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    jobs = [record(shop), record(shop, task_id="task-2", status=JobStatus.RETRYING)]
    form = {"action": "send_again", "_selected_action": [job.pk for job in jobs]}
    page = staff.post("/admin/adminops/failedjob/", form, follow=True).content.decode()
    assert "1 sent again." in page
    assert "Not sent, task-2: Only a job that failed for good can be sent again." in page
    assert sent == [(REFRESH, {"business_id": shop.pk})]
    with scope.working_for(shop.pk):
        [entry] = AuditLog.objects.select_related("user")
    assert entry.user is not None and entry.user.email == "admin@example.com"


def test_staff_who_may_only_look_send_nothing(client: Client, shop: Business) -> None:
    viewer = User.objects.create_user("viewer@example.com", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_failedjob"))
    client.force_login(viewer)
    job = record(shop)
    assert client.get(f"/admin/adminops/failedjob/{job.pk}/change/").status_code == 200
    client.post("/admin/adminops/failedjob/", {"action": "send_again", "_selected_action": [job.pk]})
    with scope.every_business():
        assert FailedJob.objects.get().status == JobStatus.FAILED


def test_a_list_in_the_admin_takes_no_more_queries_for_more_rows(
    staff: Client, shop: Business, other_shop: Business, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        record(shop if number % 2 else other_shop, task_id=f"task-{number}")
    with django_assert_max_num_queries(6):
        page = staff.get("/admin/adminops/failedjob/")
    assert page.status_code == 200
