"""The numbers of the dashboard, added up by PostgreSQL; a number of queries that no shop's size changes.

All of it is about the business in scope. A period is a number of days that ends today, in Dhaka.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from apps.customers.models import ChurnScore, Segment
from apps.forecasting.models import CashFlowForecast
from apps.recommendations.models import AdviceStatus, Recommendation
from apps.transactions import selectors
from apps.transactions.models import Product, Transaction

TOP_PRODUCTS = 5
LOW_STOCK_SHOWN = 10
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Takings:
    """What came in, in taka, for how many sales and how many pieces."""

    revenue: Decimal
    sales: int
    units: int

    def __add__(self, other: "Takings") -> "Takings":
        return Takings(self.revenue + other.revenue, self.sales + other.sales, self.units + other.units)


NONE = Takings(NOTHING, 0, 0)


def dashboard(*, days: int) -> dict[str, Any]:
    """Return everything at once, in the shape of `serializers.DashboardSerializer`."""
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    before = first - timedelta(days=days)
    takings = takings_by_day(before, today)
    current, previous = ([takings.get(day, NONE) for day in _days(start, days)] for start in (first, before))
    return {
        "days": days,
        "date_from": first,
        "date_to": today,
        "revenue_by_day": [
            {"date": day, "revenue": each.revenue, "sales": each.sales}
            for day, each in zip(_days(first, days), current, strict=True)
        ],
        "totals": sum(current, NONE),
        "previous_totals": sum(previous, NONE),
        "top_products": top_products(first, today),
        "low_stock": low_stock(),
        "churn_segments": churn_segments(),
        "cash_flow": cash_flow(),
        "open_recommendations": Recommendation.objects.filter(status=AdviceStatus.OPEN).count(),
    }


def takings_by_day(first: date, last: date) -> dict[date, Takings]:
    """Return what came in on each day that had a sale."""
    by_day = _sales(first, last).values_list("date")
    rows = by_day.annotate(revenue=Sum("amount"), sales=Count("*"), units=Sum("quantity"))
    return {day: Takings(*sums) for day, *sums in rows}


def top_products(first: date, last: date) -> list[dict[str, Any]]:
    """Return the products that brought in most, the best first."""
    best = (
        _sales(first, last)
        .values("product_id")
        .annotate(revenue=Sum("amount"), units=Sum("quantity"))
        .order_by("-revenue", "product_id")[:TOP_PRODUCTS]
    )
    names = Product.objects.in_bulk([row["product_id"] for row in best])
    return [{"product": names[row["product_id"]], **row} for row in best]


def low_stock() -> dict[str, Any]:
    """Return how many products it is time to order more of, and those of which least is left."""
    low = selectors.products().filter(selectors.LOW_ON_STOCK)
    return {"count": low.count(), "products": list(low.order_by("current_stock", "id")[:LOW_STOCK_SHOWN])}


def churn_segments() -> list[dict[str, Any]]:
    """Return how many customers are in each segment, in the order from best to worst."""
    counts = dict(ChurnScore.objects.values_list("rfm_segment").annotate(customers=Count("*")).order_by())
    return [{"segment": segment.value, "customers": counts.get(segment.value, 0)} for segment in Segment]


def cash_flow() -> dict[str, Any] | None:
    """Return the sum of the latest projection, or None before the first."""
    latest = CashFlowForecast.objects.order_by("-forecast_date", "-id").first()
    if latest is None:
        return None
    return {
        "forecast_date": latest.forecast_date,
        "projection_days": latest.projection_days,
        "inflow": sum((Decimal(day["inflow"]) for day in latest.forecast_data), NOTHING),
        "risk_analysis": latest.risk_analysis,
    }


def _sales(first: date, last: date) -> QuerySet[Transaction]:
    return Transaction.objects.filter(date__gte=first, date__lte=last).order_by()


def _days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]
