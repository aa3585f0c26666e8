from typing import ClassVar

from rest_framework import serializers

from apps.adminops.models import AuditLog, FailedJob


class AuditLogSerializer(serializers.ModelSerializer[AuditLog]):
    user_email = serializers.EmailField(
        source="user.email", read_only=True, allow_null=True, default=None, help_text="Null for the system."
    )
    details = serializers.DictField(read_only=True, help_text="What changed; its keys go with the action.")

    class Meta:
        model = AuditLog
        fields: ClassVar = (
            "id",
            "user",
            "user_email",
            "action",
            "resource_type",
            "resource_id",
            "details",
            "ip_address",
            "created_at",
        )
        read_only_fields: ClassVar = fields


class FailedJobSerializer(serializers.ModelSerializer[FailedJob]):
    arguments = serializers.DictField(
        read_only=True, help_text="By name; secrets are left out and long texts cut."
    )

    class Meta:
        model = FailedJob
        fields: ClassVar = (
            "id",
            "celery_task_id",
            "task_name",
            "arguments",
            "error_message",
            "attempt_count",
            "status",
            "created_at",
            "updated_at",
        )
        read_only_fields: ClassVar = fields
