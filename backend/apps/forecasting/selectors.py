"""What is read for forecasts and of them; all of it of the business in scope."""

from datetime import date, timedelta

from django.db.models import QuerySet, Subquery, Sum

from apps.forecasting.cash_flow import Share
from apps.forecasting.models import CashFlowForecast, Forecast
from apps.forecasting.outlook import History, Stocked
from apps.transactions.models import Customer, Product, Transaction

# One of every season. More would not make the next weeks any clearer.
HISTORY_DAYS = 365
# What "lately" means for the share of the customer who spends most.
LATELY_DAYS = 90


def forecasts() -> QuerySet[Forecast]:
    return Forecast.objects.select_related("product")


def forecasts_latest() -> QuerySet[Forecast]:
    """Return the forecasts of the last day on which there were any: one for each product."""
    last = Forecast.objects.order_by("-forecast_date").values("forecast_date")[:1]
    return forecasts().filter(forecast_date=Subquery(last))


def cash_flow_forecasts() -> QuerySet[CashFlowForecast]:
    return CashFlowForecast.objects.all()


def stocked() -> list[Stocked]:
    """Return every product as it is on the shelf now."""
    rows = Product.objects.order_by("id").values_list(
        "id", "name", "unit_price", "current_stock", "reorder_point"
    )
    return [Stocked(*row) for row in rows]


def sales_history(*, before: date) -> History:
    """Return the units sold on each day of the year before that day, or since the first sale."""
    sold = list(
        Transaction.objects.filter(date__gte=before - timedelta(HISTORY_DAYS), date__lt=before)
        .values_list("product_id", "date")
        .annotate(units=Sum("quantity"))
        .order_by()
    )
    first_day = min((day for _, day, _ in sold), default=before)
    days = (before - first_day).days
    units: dict[int, list[int]] = {}
    for product, day, quantity in sold:
        units.setdefault(product, [0] * days)[(day - first_day).days] = quantity
    return History(first_day, days, units)


def top_customer(*, before: date) -> Share | None:
    """Return who spent most in the weeks before that day, and what part of all takings that was."""
    lately = Transaction.objects.filter(date__gte=before - timedelta(LATELY_DAYS), date__lt=before)
    total = lately.aggregate(total=Sum("amount"))["total"]
    spent = lately.filter(customer__isnull=False).values_list("customer_id").annotate(spent=Sum("amount"))
    first = spent.order_by("-spent", "customer_id").first()
    if not total or first is None:
        return None
    customer, amount = first
    name = Customer.objects.values_list("name", flat=True).get(pk=customer)
    return Share(id=customer, name=name, share=round(float(amount / total), 4))
