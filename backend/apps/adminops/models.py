"""What was done, by whom, and what failed."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.core.constraints import Check, one_of
from apps.core.tenancy.constraints import TenantPolicy
from apps.core.tenancy.models import TenantModel


class Bookkeeping(TenantModel):
    """A row about what happened. Some of it happens outside any business, and then only staff see it."""

    business = models.ForeignKey(  # type: ignore[assignment]
        "accounts.Business",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        editable=False,
    )

    class Meta(TenantModel.Meta):
        abstract = True


class AuditLog(Bookkeeping):
    """Somebody changed something. Never changed itself."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    action = models.CharField(max_length=64, help_text="Such as product.updated.")
    resource_type = models.CharField(max_length=40)
    resource_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)

    class Meta(Bookkeeping.Meta):
        indexes: ClassVar = [
            models.Index(fields=["business", "-created_at", "-id"], name="audit_by_time"),
            models.Index(fields=["business", "resource_type", "resource_id"], name="audit_by_resource"),
        ]
        constraints: ClassVar = [TenantPolicy(name="audit_tenant")]

    def __str__(self) -> str:
        return f"{self.action} {self.resource_id}"


class JobStatus(models.TextChoices):
    RETRYING = "retrying", "Will run again"
    FAILED = "failed", "Failed"
    RETRIED = "retried", "Sent again by somebody"
    RESOLVED = "resolved", "Done in a later attempt"


class FailedJob(Bookkeeping):
    """A task that did not end well, once or several times."""

    celery_task_id = models.CharField(max_length=64, unique=True)
    task_name = models.CharField(max_length=200)
    arguments = models.JSONField(
        default=dict, blank=True, help_text="What it was called with; secrets are left out."
    )
    error_message = models.TextField()
    attempt_count = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.FAILED)

    class Meta(Bookkeeping.Meta):
        indexes: ClassVar = [
            models.Index(fields=["business", "-created_at", "-id"], name="failed_job_by_time"),
            models.Index(fields=["business", "status", "-created_at", "-id"], name="failed_job_by_status"),
        ]
        constraints: ClassVar = [
            Check(
                that=models.Q(attempt_count__gt=0),
                name="failed_job_attempts_positive",
                violation_error_message="There was at least one attempt.",
            ),
            one_of("status", JobStatus, name="failed_job_status"),
            TenantPolicy(name="failed_job_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.task_name}: {self.status}"
