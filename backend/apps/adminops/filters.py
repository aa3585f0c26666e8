from django_filters import rest_framework as filters

from apps.adminops.models import JobStatus
from apps.core.api.filters import IdFilter


class AuditLogFilter(filters.FilterSet):
    user = IdFilter(field_name="user_id")
    action = filters.CharFilter(help_text="Such as product.updated.")
    resource_type = filters.CharFilter()
    resource_id = filters.CharFilter()


class FailedJobFilter(filters.FilterSet):
    status = filters.ChoiceFilter(choices=JobStatus.choices)
    task_name = filters.CharFilter()
