"""What is read of advice; all of it of the business in scope."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.customers.models import ChurnScore
from apps.recommendations.models import AdviceStatus, Recommendation
from apps.transactions.models import Transaction

CAUGHT_UP_AT_ONCE = 20

# How long nobody hears again what was turned down, or what was done and has yet to show.
QUIET_AFTER_DISMISSAL = timedelta(days=30)
QUIET_AFTER_ACTION = timedelta(days=14)


def recommendations() -> QuerySet[Recommendation]:
    return Recommendation.objects.all()


def recommendations_open() -> QuerySet[Recommendation]:
    return recommendations().filter(status=AdviceStatus.OPEN)


def demo_businesses_without_insights() -> list[int]:
    """Return the ids of demo shops with sales of which nothing was worked out; the first ones."""
    with scope.every_business():
        of_it = {"business": OuterRef("pk")}
        shops = Business.objects.filter(
            Exists(Transaction.objects.filter(**of_it)),
            ~Exists(ChurnScore.objects.filter(**of_it)),
            is_demo=True,
        )
        return list(shops.order_by("pk").values_list("pk", flat=True)[:CAUGHT_UP_AT_ONCE])


def settled_subjects() -> set[str]:
    """Return what there is to be no advice about for now. A row that is settled does not change any more."""
    now = timezone.now()
    dismissed = Q(status=AdviceStatus.DISMISSED, updated_at__gt=now - QUIET_AFTER_DISMISSAL)
    acted = Q(status=AdviceStatus.ACTED, updated_at__gt=now - QUIET_AFTER_ACTION)
    return set(recommendations().filter(dismissed | acted).values_list("subject", flat=True))
