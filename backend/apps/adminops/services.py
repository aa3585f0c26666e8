"""What is written about work in the background that failed."""

from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.adminops import audit
from apps.adminops.arguments import CUT, storable, whole
from apps.adminops.models import FailedJob, JobStatus
from apps.auth.models import Business
from apps.core import queue
from apps.core.api.refusals import Conflict
from apps.core.redaction import redact_text
from apps.core.tenancy import scope

LONGEST_ERROR = 2_000


@transaction.atomic
def failed_job_record(
    *,
    task_id: str,
    task_name: str,
    arguments: dict[str, Any],
    error: str,
    attempts: int,
    status: JobStatus,
) -> None:
    """Note that so many attempts at a task did not end well. Told twice of the same one, it notes it once.

    arguments: as `arguments.presentable` returns them.
    """
    with scope.every_business():
        noted = {"error_message": _presentable(error), "status": status}
        job, is_first = FailedJob.objects.get_or_create(
            celery_task_id=task_id,
            defaults={
                **noted,
                "task_name": task_name[:200],
                "arguments": arguments,
                "attempt_count": attempts,
                "business_id": _business(arguments),
            },
        )
        if not is_first:
            count = Greatest(F("attempt_count"), Value(attempts))
            FailedJob.objects.filter(pk=job.pk).update(
                **noted, attempt_count=count, updated_at=timezone.now()
            )


def failed_job_resolve(task_id: str) -> None:
    """Note that a later attempt at a task succeeded."""
    with scope.every_business():
        FailedJob.objects.filter(celery_task_id=task_id, status=JobStatus.RETRYING).update(
            status=JobStatus.RESOLVED, updated_at=timezone.now()
        )


@transaction.atomic
def failed_job_retry(job: FailedJob) -> FailedJob:
    """Send the task again, with the same arguments and a new id, and return the job.

    Raises:
        Conflict: it did not fail for good, it was sent again already, its arguments are not all there, or
            there is no such task any more.
        QueueUnavailable: Redis is away; the job stays as it is.
    """
    with _scope_of(job):
        job = FailedJob.objects.select_for_update(of=("self",)).get(pk=job.pk)
        if job.status == JobStatus.RETRIED:
            raise Conflict("This job was sent again already.", "already_retried")
        if job.status != JobStatus.FAILED:
            raise Conflict("Only a job that failed for good can be sent again.", "not_failed")
        if not whole(job.arguments):
            raise Conflict("Some of its arguments were not kept, so it cannot be sent again.", "redacted")
        job.status = JobStatus.RETRIED
        job.save(update_fields=["status", "updated_at"])
        # Before the commit: a job that says it was sent again was. A task that runs for nothing does no harm.
        audit.record("failed_job.retried", job, task=job.task_name, celery_task_id=_send(job))
        return job


def _send(job: FailedJob) -> str:
    try:
        return queue.send(job.task_name, job.arguments)
    except (queue.UnknownTask, TypeError) as error:
        raise Conflict("No task of this name takes these arguments any more.", "unknown_task") from error


def _scope_of(job: FailedJob) -> AbstractContextManager[None]:
    return scope.every_business() if job.business_id is None else scope.working_for(job.business_id)


def _business(arguments: dict[str, Any]) -> int | None:
    """Return the business that the task was for, unless that is gone."""
    business = arguments.get("business_id")
    if not isinstance(business, int) or not Business.objects.filter(pk=business).exists():
        return None
    return business


def _presentable(error: str) -> str:
    text: str = storable(redact_text(error))
    return text if len(text) <= LONGEST_ERROR else text[:LONGEST_ERROR] + CUT
