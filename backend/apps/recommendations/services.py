"""What changes advice: working it out anew, and what becomes of it."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from apps.adminops import audit
from apps.core import actor
from apps.core.api.refusals import Conflict
from apps.recommendations import selectors
from apps.recommendations.advice import Advice
from apps.recommendations.models import AdviceStatus, Engagement, Recommendation

BATCH = 500


SETTLES = {Engagement.ACTED: AdviceStatus.ACTED, Engagement.DISMISSED: AdviceStatus.DISMISSED}
CONTENT = ("type", "subject", "title", "description", "urgency", "priority_score", "action_data")


@transaction.atomic
def recommendations_refresh(advice: Iterable[Advice]) -> int:
    """Make the open advice of the business this, and return how much that is.

    What is open already is brought up to date in its place, what is not advised any more expires, and what
    was settled lately stays settled. For one caller at a time in a business.
    """
    settled = selectors.settled_subjects()
    wanted = {each.subject: each for each in advice if each.subject not in settled}
    known = {row.subject: row for row in selectors.recommendations_open().select_for_update()}
    now = timezone.now()
    kept = [_filled(known[subject], each) for subject, each in wanted.items() if subject in known]
    for row in kept:
        row.updated_at = now
    Recommendation.objects.bulk_update(kept, [*CONTENT, "updated_at"], batch_size=BATCH)
    new = [_filled(Recommendation(), each) for subject, each in wanted.items() if subject not in known]
    Recommendation.objects.bulk_create(new, batch_size=BATCH)
    gone = [row.pk for subject, row in known.items() if subject not in wanted]
    Recommendation.objects.filter(pk__in=gone).update(status=AdviceStatus.EXPIRED, updated_at=now)
    return len(wanted)


def _filled(row: Recommendation, advice: Advice) -> Recommendation:
    row.type, row.subject = advice.type, advice.subject
    row.title, row.description = advice.title, advice.description
    row.urgency, row.priority_score = advice.urgency, advice.priority
    row.action_data = advice.action
    return row


@transaction.atomic
def recommendation_engage(recommendation: Recommendation, *, action: Engagement) -> Recommendation:
    """Note that whoever acts now saw, followed or dismissed this, and return it. Twice told is once noted.

    Raises:
        Conflict: it was settled otherwise, or is not true any more.
    """
    row = Recommendation.objects.select_for_update().get(pk=recommendation.pk)
    if action in row.engagement or (action == Engagement.SEEN and row.status != AdviceStatus.OPEN):
        return row
    if row.status != AdviceStatus.OPEN:
        raise Conflict(f"This is {AdviceStatus(row.status).label.lower()} already.", "settled")
    by = actor.current().user_id
    row.engagement = {**row.engagement, action.value: {"at": timezone.now().isoformat(), "by": by}}
    row.status = SETTLES.get(action, row.status)
    row.save(update_fields=["engagement", "status", "updated_at"])
    audit.record(f"recommendation.{action.value}", row, subject=row.subject)
    return row
