"""The shape of the dashboard, for the OpenAPI schema and for the JSON. Money is taka, as a string."""

from typing import Any

from rest_framework import serializers

from apps.core.api.serializers import StrictSerializer
from apps.customers.models import Segment
from apps.forecasting.serializers import RiskAnalysisField

LONGEST_PERIOD_DAYS = 365


class Money(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=None, decimal_places=2, **options)


class PeriodSerializer(StrictSerializer):
    days = serializers.IntegerField(
        min_value=1,
        max_value=LONGEST_PERIOD_DAYS,
        default=30,
        help_text="The period: so many days, up to today.",
    )


class DayTakingsSerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    revenue = Money()
    sales = serializers.IntegerField()


class TakingsSerializer(serializers.Serializer[Any]):
    revenue = Money()
    sales = serializers.IntegerField(help_text="How many sales.")
    units = serializers.IntegerField(help_text="How many pieces in all of them.")


class TopProductSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="product.id")
    name = serializers.CharField(source="product.name")
    sku = serializers.CharField(source="product.sku")
    revenue = Money()
    units = serializers.IntegerField()


class LowProductSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    current_stock = serializers.IntegerField()
    reorder_point = serializers.IntegerField()


class LowStockSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many in all.")
    products = LowProductSerializer(many=True, help_text="At most ten, of which least is left.")


class SegmentCountSerializer(serializers.Serializer[Any]):
    segment = serializers.ChoiceField(choices=Segment.choices)
    customers = serializers.IntegerField()


class CashFlowSummarySerializer(serializers.Serializer[Any]):
    forecast_date = serializers.DateField()
    projection_days = serializers.IntegerField()
    inflow = Money(help_text="What will probably come in on all of these days.")
    risk_analysis = RiskAnalysisField()


class DashboardSerializer(serializers.Serializer[Any]):
    days = serializers.IntegerField()
    date_from = serializers.DateField()
    date_to = serializers.DateField()
    revenue_by_day = DayTakingsSerializer(
        many=True, help_text="Every day of the period, also those without a sale."
    )
    totals = TakingsSerializer()
    previous_totals = TakingsSerializer(help_text="Of as many days just before, to compare with.")
    top_products = TopProductSerializer(many=True, help_text="At most five, by revenue.")
    low_stock = LowStockSerializer()
    churn_segments = SegmentCountSerializer(many=True)
    cash_flow = CashFlowSummarySerializer(allow_null=True)
    open_recommendations = serializers.IntegerField()
