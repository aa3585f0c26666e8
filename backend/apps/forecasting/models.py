"""What a shop will probably sell, and the money that follows from it."""

from typing import ClassVar

from django.db import models

from apps.core.constraints import between, one_of
from apps.core.tenancy.constraints import SameTenant, TenantPolicy
from apps.core.tenancy.models import TenantModel

LONGEST_HORIZON_DAYS = 365


class ForecastStatus(models.TextChoices):
    READY = "ready", "Ready"
    TOO_LITTLE_HISTORY = "too_little_history", "Too little history"


class Forecast(TenantModel):
    """The demand for one product, day by day, as it looked on `forecast_date`."""

    product = models.ForeignKey(
        "transactions.Product",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    forecast_date = models.DateField()
    forecast_horizon_days = models.PositiveSmallIntegerField()
    forecast_data = models.JSONField(
        default=list,
        blank=True,
        help_text="A list of {date, quantity, low, high}: units, and where 80 % of days fall.",
    )
    accuracy = models.JSONField(
        default=dict, blank=True, help_text="Mean absolute error on held-out days, beside a naive forecast's."
    )
    status = models.CharField(max_length=20, choices=ForecastStatus.choices)

    class Meta(TenantModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["business", "-forecast_date", "-id"], name="forecast_by_date"),
        ]
        constraints: ClassVar = [
            # The product leads, for whoever deletes one; the business is for `bulk_create`.
            models.UniqueConstraint(
                fields=["product", "forecast_date", "business"], name="forecast_one_per_day"
            ),
            between("forecast_horizon_days", 1, LONGEST_HORIZON_DAYS, name="forecast_horizon_sane"),
            one_of("status", ForecastStatus, name="forecast_status"),
            SameTenant(field="product", name="forecast_product_same_tenant"),
            TenantPolicy(name="forecast_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} on {self.forecast_date}"


class CashFlowForecast(TenantModel):
    """The money that a shop will probably take in, day by day, as it looked on `forecast_date`."""

    forecast_date = models.DateField()
    projection_days = models.PositiveSmallIntegerField()
    forecast_data = models.JSONField(
        default=list,
        blank=True,
        help_text="A list of {date, inflow, low, high, cumulative}: taka as decimal strings.",
    )
    risk_analysis = models.JSONField(
        default=dict, blank=True, help_text="How sure this is, and what speaks against it."
    )

    class Meta(TenantModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["business", "-forecast_date", "-id"], name="cash_flow_by_date"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["business", "forecast_date"], name="cash_flow_one_per_day"),
            between("projection_days", 1, LONGEST_HORIZON_DAYS, name="cash_flow_days_sane"),
            TenantPolicy(name="cash_flow_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.forecast_date}, {self.projection_days} days"
