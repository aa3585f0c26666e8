from apps.core.tenancy.tasks import TenantTask
from apps.recommendations.insights import insights_refresh
from apps.recommendations.schedule import REFRESH
from smartmarket.celery import app

SOFT_LIMIT_SECONDS, HARD_LIMIT_SECONDS = 60, 90


@app.task(name=REFRESH, base=TenantTask, soft_time_limit=SOFT_LIMIT_SECONDS, time_limit=HARD_LIMIT_SECONDS)
def refresh_insights(*, business_id: int) -> None:
    """Work out scores, forecasts, cash flow and advice for a business."""
    insights_refresh(business_id=business_id)
