from collections.abc import Sequence

from apps.recommendations.schedule import schedule_refresh


def after_seeding(business_ids: Sequence[int]) -> None:
    """Have the worker work out the insights of these businesses, once what was added to them is committed."""
    for business_id in business_ids:
        schedule_refresh(business_id)
