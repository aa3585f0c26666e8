from typing import Any

from celery.signals import worker_ready
from django.db import connection

from apps.core.tenancy.tasks import TenantTask
from apps.recommendations.insights import insights_refresh
from apps.recommendations.schedule import REFRESH, schedule_refresh
from apps.recommendations.selectors import demo_businesses_without_insights
from smartmarket.celery import app

SOFT_LIMIT_SECONDS, HARD_LIMIT_SECONDS = 60, 90


@app.task(name=REFRESH, base=TenantTask, soft_time_limit=SOFT_LIMIT_SECONDS, time_limit=HARD_LIMIT_SECONDS)
def refresh_insights(*, business_id: int) -> None:
    """Work out scores, forecasts, cash flow and advice for a business."""
    insights_refresh(business_id=business_id)


@worker_ready.connect
def catch_up(**_: Any) -> None:
    """Have insights worked out that nobody could ask for: `prepare` seeds before there is a worker."""
    for business in demo_businesses_without_insights():
        schedule_refresh(business)
    # This process forks, and has no more to do with the database.
    connection.close()
