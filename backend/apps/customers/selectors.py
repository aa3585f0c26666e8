"""What is read of customers' habits; all of it of the business in scope."""

from datetime import date

from django.db.models import Count, Max, Min, QuerySet, Sum

from apps.customers.models import ChurnScore, Risk
from apps.customers.rfm import Purchases
from apps.transactions.models import Transaction

# From this monetary score on: those who spend more than three fifths of the customers.
VALUABLE = 4


def churn_scores() -> QuerySet[ChurnScore]:
    return ChurnScore.objects.select_related("customer")


def purchases(*, as_of: date) -> list[Purchases]:
    """Return what each customer bought up to the day `as_of`, and nothing of those who never did."""
    rows = (
        Transaction.objects.filter(customer__isnull=False, date__lte=as_of)
        .values("customer_id")
        .annotate(
            first_day=Min("date"),
            last_day=Max("date"),
            days=Count("date", distinct=True),
            spent=Sum("amount"),
        )
        .order_by("customer_id")
    )
    return [Purchases(**row) for row in rows]


def valuable_at_risk() -> QuerySet[ChurnScore]:
    """Return the scores of customers who spent more than most, and have probably gone."""
    return churn_scores().filter(churn_risk_level=Risk.HIGH, monetary_score__gte=VALUABLE)
