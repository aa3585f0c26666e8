from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.exceptions import APIException
from rest_framework.throttling import BaseThrottle

from apps.adminops import services
from apps.adminops.models import AuditLog, FailedJob
from apps.core import actor
from apps.core.actor import Actor
from apps.core.admin import RecordAdmin


@admin.register(AuditLog)
class AuditLogAdmin(RecordAdmin):
    list_display = ("created_at", "business", "user", "action", "resource_type", "resource_id", "ip_address")
    list_select_related = ("business", "user")
    search_fields = ("=action", "=resource_id", "=user__email", "=business__name")
    search_help_text = "An action, the id of what it was about, an e-mail address or a business, in full."


@admin.register(FailedJob)
class FailedJobAdmin(RecordAdmin):
    list_display = ("task_name", "business", "status", "attempt_count", "created_at", "updated_at")
    list_select_related = ("business",)
    list_filter = ("status",)
    search_fields = ("=task_name", "=celery_task_id", "=business__name")
    search_help_text = "The name or the id of a task, or the name of a business, in full."
    actions = ["send_again"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("adminops.change_failedjob")

    @admin.action(description="Send the selected tasks again", permissions=["retry"])
    def send_again(self, request: HttpRequest, jobs: QuerySet[FailedJob]) -> None:
        """Send each; one that cannot be sent does not stop the others."""
        sent = 0
        address = BaseThrottle().get_ident(request)  # type: ignore[arg-type]
        with actor.acting(Actor(request.user.pk, address)):
            for job in jobs:
                try:
                    services.failed_job_retry(job)
                except APIException as refusal:
                    self.message_user(
                        request, f"Not sent, {job.celery_task_id}: {refusal.detail}", messages.ERROR
                    )
                else:
                    sent += 1
        self.message_user(request, f"{sent} sent again.", messages.SUCCESS if sent else messages.WARNING)
