"""What a shop will probably sell of each product, worked out from its sales of the past year.

Nothing here reads or writes the database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypedDict

from apps.forecasting import demand
from apps.forecasting.accuracy import HELD_OUT_DAYS, Accuracy, accuracy
from apps.forecasting.demand import Demand

# From when on a forecast of a product is worth anything: eight weeks, half of them held out to measure it by,
# and so many days with a sale. A rate that was seen n times is off by 1 / sqrt(n): with 5 by 45 %.
LEAST_DAYS = 2 * HELD_OUT_DAYS
LEAST_SALE_DAYS = 5
# A product with less is counted in the cash flow with a level that one sale does not carry away.
CAUTIOUS_RATE = 0.02


@dataclass(frozen=True)
class History:
    """Units sold of each product, for each of `days` days from `first_day` on; none is left out."""

    first_day: date
    days: int
    units: Mapping[int, Sequence[int]]

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.first_day + timedelta(self.days)


@dataclass(frozen=True)
class Stocked:
    """A product as it is on the shelf now."""

    id: int
    name: str
    price: Decimal
    stock: int
    reorder_point: int


class Point(TypedDict):
    """Units on one day, and where four of five such days fall."""

    date: str
    quantity: float
    low: float
    high: float


@dataclass(frozen=True)
class ProductOutlook:
    """accuracy: None where there is too little history to tell, and then the demand is a guess."""

    product: Stocked
    demand: Demand
    accuracy: Accuracy | None


@dataclass(frozen=True)
class Outlook:
    """indices: those of the weekdays of each forecast day. history_days: how many days it is drawn from."""

    first_day: date
    indices: Sequence[float]
    history_days: int
    products: Sequence[ProductOutlook]

    @property
    def days(self) -> Sequence[date]:
        return [self.first_day + timedelta(day) for day in range(len(self.indices))]

    def points(self, product: ProductOutlook) -> list[Point]:
        """Return the forecast of a product, day by day; nothing where there is too little history."""
        if product.accuracy is None:
            return []
        around = demand.band(product.demand.errors[demand.FIRST_DAYS :])
        return [
            Point(
                date=day.isoformat(),
                quantity=round(expected, 2),
                low=round(max(0.0, expected + around.low), 2),
                high=round(expected + around.high, 2),
            )
            for day, expected in zip(self.days, map(product.demand.expected, self.indices), strict=True)
        ]


def look_ahead(history: History, products: Iterable[Stocked], *, days: int) -> Outlook:
    """Return what will be sold in the `days` days that follow the history."""
    totals = demand.totals(history.units.values(), history.days)
    week = demand.shop_week(history.first_day, totals)
    known_week = demand.shop_week(history.first_day, totals[:-HELD_OUT_DAYS])
    past = demand.indices(week, history.first_day, history.days)
    known_past = demand.indices(known_week, history.first_day, history.days)
    return Outlook(
        first_day=history.end,
        indices=demand.indices(week, history.end, days),
        history_days=history.days,
        products=[
            _outlook(product, history.units.get(product.id, ()), past, known_past) for product in products
        ],
    )


def _outlook(
    product: Stocked, units: Sequence[int], past: Sequence[float], known_past: Sequence[float]
) -> ProductOutlook:
    sale_days = [day for day, sold in enumerate(units) if sold]
    if not sale_days:
        return ProductOutlook(product, Demand(0.0, CAUTIOUS_RATE, ()), None)
    # A product is as old as its first sale, but four weeks at least: one sale yesterday is not one every day.
    since = slice(max(0, min(sale_days[0], len(units) - demand.FIRST_DAYS)), None)
    if len(units) - sale_days[0] < LEAST_DAYS or len(sale_days) < LEAST_SALE_DAYS:
        guess = demand.smooth(units[since], past[since], rate=CAUTIOUS_RATE)
        return ProductOutlook(product, guess, None)
    return ProductOutlook(
        product, demand.fit(units[since], past[since]), accuracy(units[since], known_past[since])
    )
