"""One valid row of every model of ours, for tests that are about all of them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from django.apps import apps
from django.db.models import Model

from apps.adminops.models import AuditLog, FailedJob
from apps.auth.models import Business, User
from apps.core.tenancy import scope
from apps.core.tenancy.models import TenantModel
from apps.customers.models import ChurnScore, Risk, Segment
from apps.forecasting.models import CashFlowForecast, Forecast, ForecastStatus
from apps.recommendations.models import AdviceType, Recommendation, Urgency
from apps.transactions.models import Customer, Product, Transaction
from tests.support.factories import make_customer, make_product, make_sale

DAY = date(2026, 1, 15)
numbers = count(1)

MODELS: list[type[Model]] = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
TENANT_MODELS: list[type[TenantModel]] = [model for model in MODELS if issubclass(model, TenantModel)]


def make_row(model: type[Model], shop: Business) -> Any:
    """Return a saved row of `model` that belongs to `shop`; all its references are there too."""
    with scope.working_for(shop.pk):
        return MAKE[model](shop)


def churn_score(shop: Business) -> ChurnScore:
    return ChurnScore.objects.create(
        customer=make_customer(shop),
        recency_score=1,
        frequency_score=2,
        monetary_score=3,
        rfm_segment=Segment.AT_RISK,
        churn_risk_score=Decimal("0.8"),
        churn_risk_level=Risk.HIGH,
    )


def forecast(shop: Business) -> Forecast:
    return Forecast.objects.create(
        product=make_product(shop),
        forecast_date=DAY,
        forecast_horizon_days=30,
        status=ForecastStatus.READY,
    )


def cash_flow_forecast(shop: Business) -> CashFlowForecast:
    return CashFlowForecast.objects.create(forecast_date=DAY, projection_days=30)


def recommendation(shop: Business) -> Recommendation:
    return Recommendation.objects.create(
        title="চাল কিনুন",
        description="Rice is nearly gone.",
        type=AdviceType.RESTOCK,
        urgency=Urgency.HIGH,
        priority_score=Decimal("0.9"),
        subject=f"product:{next(numbers)}",
    )


def audit_log(shop: Business) -> AuditLog:
    return AuditLog.objects.create(
        user=shop.user, action="product.updated", resource_type="product", resource_id="7"
    )


def failed_job(shop: Business) -> FailedJob:
    return FailedJob.objects.create(
        celery_task_id=f"task-{next(numbers)}", task_name="core.ping", error_message="no luck"
    )


MAKE: dict[type[Model], Callable[[Business], Model]] = {
    Business: lambda shop: shop,
    User: lambda shop: shop.members.get(),
    Product: make_product,
    Customer: make_customer,
    Transaction: lambda shop: make_sale(shop, customer=make_customer(shop)),
    ChurnScore: churn_score,
    Forecast: forecast,
    CashFlowForecast: cash_flow_forecast,
    Recommendation: recommendation,
    AuditLog: audit_log,
    FailedJob: failed_job,
}
