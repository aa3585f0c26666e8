from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import TenantViewSet
from apps.recommendations import selectors, services
from apps.recommendations.filters import RecommendationFilter
from apps.recommendations.models import Engagement, Recommendation
from apps.recommendations.serializers import EngagementSerializer, RecommendationSerializer


class RecommendationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet[Recommendation]):
    """What the shop had better do, the most pressing first. Worked out by the worker."""

    model = Recommendation
    serializer_class = RecommendationSerializer
    filterset_class = RecommendationFilter
    orderings: ClassVar = ("-priority_score", "-created_at")

    def rows(self) -> QuerySet[Recommendation]:
        return selectors.recommendations()

    @extend_schema(request=EngagementSerializer, responses=RecommendationSerializer)
    @action(detail=True, methods=["post"])
    def engagement(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say that this was seen, acted upon or dismissed. Said twice, it is noted once."""
        asked = EngagementSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = Engagement(asked.validated_data["action"])
        row = services.recommendation_engage(self.get_object(), action=wanted)
        return Response(self.get_serializer(row).data)
