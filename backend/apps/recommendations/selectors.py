"""What is read of advice; all of it of the business in scope."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.recommendations.models import AdviceStatus, Recommendation

# How long nobody hears again what was turned down, or what was done and has yet to show.
QUIET_AFTER_DISMISSAL = timedelta(days=30)
QUIET_AFTER_ACTION = timedelta(days=14)


def recommendations() -> QuerySet[Recommendation]:
    return Recommendation.objects.all()


def recommendations_open() -> QuerySet[Recommendation]:
    return recommendations().filter(status=AdviceStatus.OPEN)


def settled_subjects() -> set[str]:
    """Return what there is to be no advice about for now. A row that is settled does not change any more."""
    now = timezone.now()
    dismissed = Q(status=AdviceStatus.DISMISSED, updated_at__gt=now - QUIET_AFTER_DISMISSAL)
    acted = Q(status=AdviceStatus.ACTED, updated_at__gt=now - QUIET_AFTER_ACTION)
    return set(recommendations().filter(dismissed | acted).values_list("subject", flat=True))
