"""What is read of the books; all of it of the business in scope."""

from django.db.models import QuerySet

from apps.adminops.models import AuditLog, FailedJob


def audit_log() -> QuerySet[AuditLog]:
    return AuditLog.objects.select_related("user")


def failed_jobs() -> QuerySet[FailedJob]:
    return FailedJob.objects.all()
