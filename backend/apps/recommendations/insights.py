"""Everything that is worked out for a business, in the order in which one thing needs the other."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.customers.selectors import valuable_at_risk
from apps.customers.services import churn_scores_refresh
from apps.forecasting.services import forecasts_refresh
from apps.recommendations.advice import restock, win_back
from apps.recommendations.services import recommendations_refresh
from apps.transactions.models import Transaction


@dataclass(frozen=True)
class Insights:
    """How much there is now of each kind."""

    scores: int
    forecasts: int
    recommendations: int


@transaction.atomic
def insights_refresh(*, business_id: int, as_of: date | None = None) -> Insights | None:
    """Work everything out anew for a business, as of a day; None where the business is gone.

    In one transaction, so that nobody sees half of it, and one at a time for a business: the lock is on its
    row, of the kind that does not hold up the foreign keys of its sales. Run twice it changes nothing.
    """
    business = Business.objects.select_for_update(no_key=True).filter(pk=business_id).first()
    if business is None:
        return None
    with scope.working_for(business_id):
        day = as_of or today(business)
        scores = churn_scores_refresh(as_of=day)
        outlook = forecasts_refresh(as_of=day)
        advice = [*restock(outlook), *win_back(valuable_at_risk())]
        return Insights(scores, len(outlook.products), recommendations_refresh(advice))


def today(business: Business) -> date:
    """Return the day as of which a business is looked at: today, in its own time zone.

    For a demo shop it is the day after its last sale. Its sales end when it was made, and a shop that has
    stood still since would have nothing but lost customers and no demand.
    """
    day = timezone.localdate()
    last = Transaction.objects.aggregate(last=Max("date"))["last"] if business.is_demo else None
    return min(day, last + timedelta(1)) if last else day
