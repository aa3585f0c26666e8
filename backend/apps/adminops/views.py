from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.adminops import selectors, services
from apps.adminops.filters import AuditLogFilter, FailedJobFilter
from apps.adminops.models import AuditLog, FailedJob
from apps.adminops.serializers import AuditLogSerializer, FailedJobSerializer
from apps.core.api.views import TenantViewSet


class AuditLogViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet[AuditLog]):
    """Who changed what, the last change first."""

    model = AuditLog
    serializer_class = AuditLogSerializer
    filterset_class = AuditLogFilter
    orderings: ClassVar = ("-created_at", "created_at")

    def rows(self) -> QuerySet[AuditLog]:
        return selectors.audit_log()


class FailedJobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet[FailedJob]):
    """Work in the background that did not end well, the last first."""

    model = FailedJob
    serializer_class = FailedJobSerializer
    filterset_class = FailedJobFilter
    orderings: ClassVar = ("-created_at", "created_at")

    def rows(self) -> QuerySet[FailedJob]:
        return selectors.failed_jobs()

    @extend_schema(request=None, responses={status.HTTP_202_ACCEPTED: FailedJobSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send the task again. Refused with 409 unless it failed for good and its arguments were kept."""
        job = services.failed_job_retry(self.get_object())
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED)
