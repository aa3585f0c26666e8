"""The money that a shop will probably take in, from the demand for its products.

Nothing here reads or writes the database. Money is in taka.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import TypedDict

from apps.forecasting import demand
from apps.forecasting.demand import FIRST_DAYS, WEEK
from apps.forecasting.outlook import Outlook, ProductOutlook

# One time in ten it is worse than this many standard deviations below what is expected.
TENTH = statistics.NormalDist().inv_cdf(0.9)
# A weekday counts as unsteady when it strays so many times as far as the days do on average.
UNSTEADY = 1.5
# After fewer weeks one odd day would make a weekday unsteady.
LEAST_WEEKS = 8


class CashPoint(TypedDict):
    """Taka on one day as decimal strings, where four of five such days fall, and the sum so far."""

    date: str
    inflow: str
    low: str
    high: str
    cumulative: str


class Share(TypedDict):
    """What part of the inflow depends on one product or customer, from 0 to 1."""

    id: int
    name: str
    share: float


class RiskAnalysis(TypedDict):
    """expected, worst_case: of all days together; it is worse than the worst case one time in ten at most.

    top_product: of what is expected. top_customer: of what came in lately. unsteady_days: those that stray
    much further than others. guessed_share: what part comes from products with too little history.
    """

    expected: str
    worst_case: str
    top_product: Share | None
    top_customer: Share | None
    unsteady_days: list[str]
    guessed_share: float
    history_days: int


@dataclass(frozen=True)
class CashFlow:
    points: list[CashPoint]
    risks: RiskAnalysis


def cash_flow(outlook: Outlook, *, top_customer: Share | None) -> CashFlow:
    """Return the projection for the days of the outlook; no points where nothing was ever sold."""
    values = [product.demand.level * float(product.product.price) for product in outlook.products]
    daily = sum(values)
    errors = _errors_in_money(outlook.products)
    inflows = [daily * index for index in outlook.indices]
    expected = sum(inflows)
    deviation = demand.total_deviation(errors, rate=_rate(outlook.products, values), days=len(inflows))
    guessed = sum(
        value for value, product in zip(values, outlook.products, strict=True) if product.accuracy is None
    )
    return CashFlow(
        _points(outlook.days, inflows, demand.band(errors)) if outlook.history_days else [],
        RiskAnalysis(
            expected=_taka(expected),
            worst_case=_taka(max(0.0, expected - TENTH * deviation)),
            top_product=_top(outlook.products, values),
            top_customer=top_customer,
            unsteady_days=_unsteady(outlook, errors),
            guessed_share=round(guessed / daily, 4) if daily else 0.0,
            history_days=outlook.history_days,
        ),
    )


def _errors_in_money(products: Sequence[ProductOutlook]) -> list[float]:
    """Return by how much the shop's takings missed the forecasts of the day before, the last day last."""
    days = max((len(product.demand.errors) for product in products), default=0)
    errors = [0.0] * days
    for product in products:
        price, start = float(product.product.price), days - len(product.demand.errors)
        for day, error in enumerate(product.demand.errors, start):
            errors[day] += price * error
    return errors[FIRST_DAYS:] if days > 2 * FIRST_DAYS else errors


def _rate(products: Sequence[ProductOutlook], values: Sequence[float]) -> float:
    """Return how fast the shop's level moves: the mean of its products', by what they bring in."""
    weighted = sum(value * product.demand.rate for value, product in zip(values, products, strict=True))
    return weighted / sum(values) if sum(values) else 0.0


def _points(days: Sequence[date], inflows: Sequence[float], around: demand.Band) -> list[CashPoint]:
    return [
        CashPoint(
            date=day.isoformat(),
            inflow=_taka(inflow),
            low=_taka(max(0.0, inflow + around.low)),
            high=_taka(inflow + around.high),
            cumulative=_taka(so_far),
        )
        for day, inflow, so_far in zip(days, inflows, accumulate(inflows), strict=True)
    ]


def _top(products: Sequence[ProductOutlook], values: Sequence[float]) -> Share | None:
    if not sum(values):
        return None
    value, product = max(
        zip(values, (each.product for each in products), strict=True), key=lambda pair: pair[0]
    )
    return Share(id=product.id, name=product.name, share=round(value / sum(values), 4))


def _unsteady(outlook: Outlook, errors: Sequence[float]) -> list[str]:
    """Return the days ahead whose weekday strayed much further than the others, measured by its own size."""
    if len(errors) < LEAST_WEEKS * WEEK:
        return []
    last = outlook.first_day.toordinal() - 1
    strayed: dict[int, list[float]] = {}
    for back, error in enumerate(reversed(errors)):
        strayed.setdefault(date.fromordinal(last - back).weekday(), []).append(error)
    sizes = dict(zip((day.weekday() for day in outlook.days), outlook.indices, strict=True))
    relative = {
        weekday: statistics.fmean([error * error for error in strayed[weekday]]) ** 0.5 / size
        for weekday, size in sizes.items()
        if size
    }
    usual = statistics.fmean(relative.values()) if relative else 0.0
    return [day.isoformat() for day in outlook.days if relative.get(day.weekday(), 0.0) > UNSTEADY * usual]


def _taka(amount: float) -> str:
    return str(round(Decimal(amount), 2))
