from typing import Any, ClassVar

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from apps.core.api.serializers import StrictSerializer
from apps.customers.models import Segment
from apps.recommendations.models import Engagement, Recommendation


class RestockActionSerializer(serializers.Serializer[Any]):
    """What to order; demand and days as decimal strings, null where there is too little history."""

    product_id = serializers.IntegerField()
    product_name = serializers.CharField()
    quantity = serializers.IntegerField()
    current_stock = serializers.IntegerField()
    daily_demand = serializers.CharField(allow_null=True)
    days_of_stock_left = serializers.CharField(allow_null=True)


class WinBackActionSerializer(serializers.Serializer[Any]):
    """Whom to call."""

    customer_id = serializers.IntegerField()
    customer_name = serializers.CharField()
    segment = serializers.ChoiceField(choices=Segment.choices)
    churn_risk = serializers.DecimalField(max_digits=5, decimal_places=4)


class EngagedSerializer(serializers.Serializer[Any]):
    """When somebody did it, and who: the id of a user, null for nobody in particular."""

    at = serializers.DateTimeField()
    by = serializers.IntegerField(allow_null=True)


class EngagementsSerializer(serializers.Serializer[Any]):
    """What was done about a piece of advice; a key is absent until it was."""

    seen = EngagedSerializer(required=False)
    acted = EngagedSerializer(required=False)
    dismissed = EngagedSerializer(required=False)


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="RecommendedAction",
        serializers=[RestockActionSerializer, WinBackActionSerializer],
        resource_type_field_name=None,
    )
)
class ActionField(serializers.JSONField):
    pass


@extend_schema_field(EngagementsSerializer)
class EngagementsField(serializers.JSONField):
    pass


class RecommendationSerializer(serializers.ModelSerializer[Recommendation]):
    action_data = ActionField(read_only=True, help_text="Its shape goes with the type.")
    engagement = EngagementsField(read_only=True)

    class Meta:
        model = Recommendation
        fields: ClassVar = (
            "id",
            "type",
            "title",
            "description",
            "urgency",
            "priority_score",
            "action_data",
            "engagement",
            "status",
            "created_at",
            "updated_at",
        )
        read_only_fields: ClassVar = fields


class EngagementSerializer(StrictSerializer):
    action = serializers.ChoiceField(choices=Engagement.choices)
