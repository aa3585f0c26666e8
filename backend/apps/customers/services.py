"""What is worked out about customers."""

from datetime import date

from django.db import transaction

from apps.customers import rfm, selectors
from apps.customers.models import ChurnScore

BATCH = 1_000


@transaction.atomic
def churn_scores_refresh(*, as_of: date) -> int:
    """Score every customer as of that day and return how many there are; who never bought has no score."""
    found = rfm.scores(selectors.purchases(as_of=as_of), as_of=as_of)
    ChurnScore.objects.exclude(customer__in=[score.customer_id for score in found]).delete()
    ChurnScore.objects.bulk_create(
        [_row(score) for score in found],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["customer", "business"],
        update_fields=[
            "recency_score",
            "frequency_score",
            "monetary_score",
            "rfm_segment",
            "churn_risk_score",
            "churn_risk_level",
            "updated_at",
        ],
    )
    return len(found)


def _row(score: rfm.Score) -> ChurnScore:
    return ChurnScore(
        customer_id=score.customer_id,
        recency_score=score.recency,
        frequency_score=score.frequency,
        monetary_score=score.monetary,
        rfm_segment=score.segment,
        churn_risk_score=score.risk,
        churn_risk_level=score.level,
    )
