"""What a shop had better do next."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.core.constraints import between, one_of
from apps.core.tenancy.constraints import TenantPolicy
from apps.core.tenancy.models import TenantModel


class AdviceType(models.TextChoices):
    RESTOCK = "restock", "Order more"
    WIN_BACK = "win_back", "Win a customer back"


class Urgency(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class AdviceStatus(models.TextChoices):
    OPEN = "open", "Open"
    ACTED = "acted", "Acted upon"
    DISMISSED = "dismissed", "Dismissed"
    EXPIRED = "expired", "No longer true"


class Engagement(models.TextChoices):
    """What somebody may do about a piece of advice."""

    SEEN = "seen", "Seen"
    ACTED = "acted", "Acted upon"
    DISMISSED = "dismissed", "Dismissed"


class Recommendation(TenantModel):
    """One piece of advice, with what is needed to follow it, and what became of it."""

    title = models.CharField(max_length=200)
    description = models.TextField()
    type = models.CharField(max_length=20, choices=AdviceType.choices)
    urgency = models.CharField(max_length=10, choices=Urgency.choices)
    priority_score = models.DecimalField(max_digits=5, decimal_places=4)
    action_data = models.JSONField(
        default=dict, blank=True, help_text="What the advice is about: ids, and amounts as strings."
    )
    engagement = models.JSONField(
        default=dict, blank=True, help_text="When it was seen, acted upon or dismissed, and by whom."
    )
    status = models.CharField(max_length=10, choices=AdviceStatus.choices, default=AdviceStatus.OPEN)
    subject = models.CharField(
        max_length=64, help_text="What it is about, as TYPE:ID; one piece of advice is open for each."
    )

    class Meta(TenantModel.Meta):
        indexes: ClassVar = [
            models.Index(
                fields=["business", "status", "-priority_score", "-id"], name="recommendation_by_priority"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["business", "subject"],
                condition=Q(status="open"),
                name="recommendation_one_open",
            ),
            between("priority_score", 0, 1, name="recommendation_priority_0_to_1"),
            one_of("type", AdviceType, name="recommendation_type"),
            one_of("urgency", Urgency, name="recommendation_urgency"),
            one_of("status", AdviceStatus, name="recommendation_status"),
            TenantPolicy(name="recommendation_tenant"),
        ]

    def __str__(self) -> str:
        return self.title
