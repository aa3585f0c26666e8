"""Forecasts as the API shows them.

The shapes of the JSON columns are described for the schema and handed on as they were stored: checking each
point of each forecast again would take longer than all the rest of an answer.
"""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.forecasting.models import CashFlowForecast, Forecast


class PointSerializer(serializers.Serializer[Any]):
    """Units on one day, and where four of five such days fall."""

    date = serializers.DateField()
    quantity = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class AccuracySerializer(serializers.Serializer[Any]):
    """Mean absolute errors in units on held-out days, of days and of whole weeks, beside naive forecasts'."""

    method = serializers.CharField()
    held_out_days = serializers.IntegerField()
    mae = serializers.FloatField()
    naive_mae = serializers.FloatField(help_text="Had every day been taken for one like the last.")
    seasonal_naive_mae = serializers.FloatField(help_text="For one like the same weekday of the last week.")
    week_mae = serializers.FloatField()
    naive_week_mae = serializers.FloatField()
    seasonal_naive_week_mae = serializers.FloatField()


@extend_schema_field(PointSerializer(many=True))
class PointsField(serializers.JSONField):
    pass


@extend_schema_field(AccuracySerializer(allow_null=True))
class AccuracyField(serializers.JSONField):
    def to_representation(self, value: Any) -> Any:
        return value or None


class ForecastSerializer(serializers.ModelSerializer[Forecast]):
    product_name = serializers.CharField(source="product.name", read_only=True)
    forecast_data = PointsField(read_only=True, help_text="Empty where there is too little history.")
    accuracy = AccuracyField(read_only=True)

    class Meta:
        model = Forecast
        fields: ClassVar = (
            "id",
            "product",
            "product_name",
            "forecast_date",
            "forecast_horizon_days",
            "forecast_data",
            "accuracy",
            "status",
            "created_at",
            "updated_at",
        )
        read_only_fields: ClassVar = fields


class TakaField(serializers.DecimalField):
    """An amount of money."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=16, decimal_places=2, **options)


class CashPointSerializer(serializers.Serializer[Any]):
    """What one day brings in, where four of five such days fall, and the sum so far."""

    date = serializers.DateField()
    inflow = TakaField()
    low = TakaField()
    high = TakaField()
    cumulative = TakaField()


class ShareSerializer(serializers.Serializer[Any]):
    """What part of the inflow depends on one product or customer, from 0 to 1."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    share = serializers.FloatField()


class RiskAnalysisSerializer(serializers.Serializer[Any]):
    """How sure the projection is, and what speaks against it."""

    expected = TakaField(help_text="All days together.")
    worst_case = TakaField(help_text="It is worse one time in ten at most.")
    top_product = ShareSerializer(allow_null=True, help_text="Of what is expected.")
    top_customer = ShareSerializer(allow_null=True, help_text="Of what came in during the last 90 days.")
    unsteady_days = serializers.ListField(
        child=serializers.DateField(), help_text="Days that stray much further than others."
    )
    guessed_share = serializers.FloatField(help_text="What part comes from products with too little history.")
    history_days = serializers.IntegerField(help_text="From how many days of sales all this is drawn.")


@extend_schema_field(CashPointSerializer(many=True))
class CashPointsField(serializers.JSONField):
    pass


@extend_schema_field(RiskAnalysisSerializer)
class RiskAnalysisField(serializers.JSONField):
    pass


class CashFlowForecastSerializer(serializers.ModelSerializer[CashFlowForecast]):
    forecast_data = CashPointsField(read_only=True, help_text="Empty where nothing was ever sold.")
    risk_analysis = RiskAnalysisField(read_only=True)

    class Meta:
        model = CashFlowForecast
        fields: ClassVar = (
            "id",
            "forecast_date",
            "projection_days",
            "forecast_data",
            "risk_analysis",
            "created_at",
            "updated_at",
        )
        read_only_fields: ClassVar = fields
