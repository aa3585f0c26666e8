from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.views import TenantViewMixin
from apps.core.dashboard.selectors import dashboard
from apps.core.dashboard.serializers import DashboardSerializer, PeriodSerializer


class DashboardView(TenantViewMixin, APIView):
    """How the shop is doing."""

    parameters: ClassVar = frozenset({"days"})

    @extend_schema(operation_id="dashboard", parameters=[PeriodSerializer], responses=DashboardSerializer)
    def get(self, request: Request) -> Response:
        period = PeriodSerializer(data=request.query_params.dict())
        period.is_valid(raise_exception=True)
        return Response(DashboardSerializer(dashboard(**period.validated_data)).data)
