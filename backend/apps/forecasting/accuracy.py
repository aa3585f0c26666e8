"""How good the forecasts of a product would have been: against days that they did not know.

Nothing here reads or writes the database.

The last four weeks are held out. Each of them in turn is forecast from the days before it: by the method in
use, by a naive forecast (every day like the last one) and by a seasonal naive one (every day like
that weekday of the week before). Most products sell on few days; then a forecast of nothing errs least on
a day and is of no use. So the errors of whole weeks are told as well.
"""

from collections.abc import Sequence
from typing import TypedDict

from apps.forecasting.demand import WEEK, fit

METHOD = "exponential_smoothing_with_shop_week"
HELD_OUT_WEEKS = 4
HELD_OUT_DAYS = HELD_OUT_WEEKS * WEEK


class Accuracy(TypedDict):
    """Mean absolute errors in units, of single days and of whole weeks."""

    method: str
    held_out_days: int
    mae: float
    naive_mae: float
    seasonal_naive_mae: float
    week_mae: float
    naive_week_mae: float
    seasonal_naive_week_mae: float


def accuracy(units: Sequence[int], indices: Sequence[float]) -> Accuracy:
    """Return the errors over the last HELD_OUT_DAYS, before which there are some days more.

    indices: the weekday indices, as they were known before these days.
    """
    known = len(units) - HELD_OUT_DAYS
    demand = fit(units[:known], indices[:known])
    level, ours, naive, seasonal = demand.level, _Errors(), _Errors(), _Errors()
    for start in range(known, len(units), WEEK):
        week = slice(start, start + WEEK)
        ours.add(units[week], [level * index for index in indices[week]])
        naive.add(units[week], [units[start - 1]] * WEEK)
        seasonal.add(units[week], units[start - WEEK : start])
        for sold, index in zip(units[week], indices[week], strict=True):
            level = max(0.0, level + demand.rate * (sold - level * index))
    return Accuracy(
        method=METHOD,
        held_out_days=HELD_OUT_DAYS,
        mae=ours.by_day,
        naive_mae=naive.by_day,
        seasonal_naive_mae=seasonal.by_day,
        week_mae=ours.by_week,
        naive_week_mae=naive.by_week,
        seasonal_naive_week_mae=seasonal.by_week,
    )


class _Errors:
    """Adds up how far forecasts were off."""

    def __init__(self) -> None:
        self._days = self._weeks = 0.0

    def add(self, sold: Sequence[float], expected: Sequence[float]) -> None:
        """Count one week."""
        self._days += sum(abs(one - other) for one, other in zip(sold, expected, strict=True))
        self._weeks += abs(sum(sold) - sum(expected))

    @property
    def by_day(self) -> float:
        return round(self._days / HELD_OUT_DAYS, 4)

    @property
    def by_week(self) -> float:
        return round(self._weeks / HELD_OUT_WEEKS, 4)
