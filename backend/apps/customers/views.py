from typing import ClassVar

from django.db.models import QuerySet
from rest_framework import mixins

from apps.core.api.views import TenantViewSet
from apps.customers import selectors
from apps.customers.filters import ChurnScoreFilter
from apps.customers.models import ChurnScore
from apps.customers.serializers import ChurnScoreSerializer


class ChurnScoreViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet[ChurnScore]):
    """How customers buy, and how likely each is not to come back. Worked out by the worker."""

    model = ChurnScore
    serializer_class = ChurnScoreSerializer
    filterset_class = ChurnScoreFilter
    orderings: ClassVar = ("-churn_risk_score", "churn_risk_score")

    def rows(self) -> QuerySet[ChurnScore]:
        return selectors.churn_scores()
