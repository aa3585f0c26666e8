"""What is known about customers from what they buy."""

from typing import ClassVar

from django.db import models

from apps.core.constraints import between, one_of
from apps.core.tenancy.constraints import SameTenant, TenantPolicy
from apps.core.tenancy.models import TenantModel


class Segment(models.TextChoices):
    CHAMPION = "champion", "Champion"
    LOYAL = "loyal", "Loyal"
    PROMISING = "promising", "Promising"
    NEW = "new", "New"
    AT_RISK = "at_risk", "At risk"
    HIBERNATING = "hibernating", "Hibernating"
    LOST = "lost", "Lost"


class Risk(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class ChurnScore(TenantModel):
    """How a customer buys: recency, frequency and monetary value from 1 (worst) to 5, and what follows."""

    customer = models.ForeignKey(
        "transactions.Customer",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    recency_score = models.PositiveSmallIntegerField()
    frequency_score = models.PositiveSmallIntegerField()
    monetary_score = models.PositiveSmallIntegerField()
    rfm_segment = models.CharField(max_length=20, choices=Segment.choices)
    churn_risk_score = models.DecimalField(max_digits=5, decimal_places=4)
    churn_risk_level = models.CharField(max_length=10, choices=Risk.choices)

    class Meta(TenantModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["business", "-churn_risk_score", "-id"], name="churn_by_risk"),
            models.Index(fields=["business", "rfm_segment"], name="churn_by_segment"),
        ]
        constraints: ClassVar = [
            # The customer leads, for whoever deletes one; the business is for `bulk_create`.
            models.UniqueConstraint(fields=["customer", "business"], name="churn_one_per_customer"),
            between("recency_score", 1, 5, name="churn_recency_1_to_5"),
            between("frequency_score", 1, 5, name="churn_frequency_1_to_5"),
            between("monetary_score", 1, 5, name="churn_monetary_1_to_5"),
            between("churn_risk_score", 0, 1, name="churn_risk_0_to_1"),
            one_of("rfm_segment", Segment, name="churn_segment"),
            one_of("churn_risk_level", Risk, name="churn_risk_level"),
            SameTenant(field="customer", name="churn_customer_same_tenant"),
            TenantPolicy(name="churn_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.rfm_segment}, {self.churn_risk_score}"
