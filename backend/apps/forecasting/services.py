"""What is worked out about sales to come."""

from datetime import date, timedelta

from django.db import transaction

from apps.forecasting import selectors
from apps.forecasting.cash_flow import cash_flow
from apps.forecasting.models import CashFlowForecast, Forecast, ForecastStatus
from apps.forecasting.outlook import Outlook, ProductOutlook, look_ahead

HORIZON_DAYS = 30
# How long one can look up what was forecast on a day.
KEPT_DAYS = 90
BATCH = 500


@transaction.atomic
def forecasts_refresh(*, as_of: date, horizon_days: int = HORIZON_DAYS) -> Outlook:
    """Forecast demand and cash flow for the days from `as_of` on, which is not over yet, and return them."""
    history = selectors.sales_history(before=as_of)
    outlook = look_ahead(history, selectors.stocked(), days=horizon_days)
    _write_forecasts(outlook)
    _write_cash_flow(outlook)
    for model in (Forecast, CashFlowForecast):
        model.objects.filter(forecast_date__lt=as_of - timedelta(KEPT_DAYS)).delete()
    return outlook


def _write_forecasts(outlook: Outlook) -> None:
    Forecast.objects.bulk_create(
        [_forecast(outlook, product) for product in outlook.products],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["product", "forecast_date", "business"],
        update_fields=["forecast_horizon_days", "forecast_data", "accuracy", "status", "updated_at"],
    )


def _forecast(outlook: Outlook, product: ProductOutlook) -> Forecast:
    known = product.accuracy is not None
    return Forecast(
        product_id=product.product.id,
        forecast_date=outlook.first_day,
        forecast_horizon_days=len(outlook.indices),
        forecast_data=outlook.points(product),
        accuracy=product.accuracy or {},
        status=ForecastStatus.READY if known else ForecastStatus.TOO_LITTLE_HISTORY,
    )


def _write_cash_flow(outlook: Outlook) -> None:
    projected = cash_flow(outlook, top_customer=selectors.top_customer(before=outlook.first_day))
    CashFlowForecast.objects.bulk_create(
        [
            CashFlowForecast(
                forecast_date=outlook.first_day,
                projection_days=len(outlook.indices),
                forecast_data=projected.points,
                risk_analysis=projected.risks,
            )
        ],
        update_conflicts=True,
        unique_fields=["business", "forecast_date"],
        update_fields=["projection_days", "forecast_data", "risk_analysis", "updated_at"],
    )
