"""The demand for a product from what was sold of it: exponential smoothing with the shop's week.

Nothing here reads or writes the database.

Each day's units are taken for a level times an index of the weekday. The level follows what is sold by
simple exponential smoothing, in its error correction form (Brown, 1956; Hyndman, Koehler, Ord and Snyder,
Forecasting with Exponential Smoothing, 2008, section 2.3); how fast is chosen for each product by the squared
error of the forecasts of the next day. Smoothed over all days, also those without a sale, the level is the
mean demand, as restocking and cash flow need it, and it fades when a product is no longer bought: on
intermittent demand that is what the method of Teunter, Syntetos and Babai (2011) does with one constant for
size and probability. The week is the shop's, pooled over its products (as Dalhart, 1974, proposed for
seasonal indices), because few products sell often enough to show one of their own.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = 7
# What the level takes on of each day's error: from a memory of half a year to one of a week.
RATES = (0.005, 0.02, 0.05, 0.1, 0.2)
# The level starts from the mean of so many days.
FIRST_DAYS = 28
# The weekday index looks back so many weeks.
PROFILE_WEEKS = 26
# Units of each weekday that are counted besides and show no pattern. Of a hundred units sold by pure chance,
# some weekday seems twice as busy as another; this shrinks an index to 1 by about as much as is chance in it,
# for indices that differ by 0.2 and units that vary twice as much as those of a Poisson process.
PATTERNLESS_UNITS = 50

Week = tuple[float, ...]
"""An index for each weekday, Monday first; their mean is 1."""


@dataclass(frozen=True)
class Demand:
    """level: units a day on an average weekday. rate: what of an error the level takes on, from 0 to 1.

    errors: what was sold less what would have been forecast the day before, for each day.
    """

    level: float
    rate: float
    errors: Sequence[float]

    def expected(self, index: float) -> float:
        """Return the units expected on a day with this weekday index."""
        return self.level * index


@dataclass(frozen=True)
class Band:
    """How far from what is expected four days of five fall: low (not above 0) and high (not below 0)."""

    low: float
    high: float


def indices(week: Week, first_day: date, days: int) -> list[float]:
    """Return the weekday index of each of so many days from `first_day` on."""
    start = first_day.weekday()
    return [week[(start + day) % WEEK] for day in range(days)]


def shop_week(first_day: date, totals: Sequence[int]) -> Week:
    """Return the weekday indices of a shop that sold `totals` units a day from `first_day` on."""
    recent = totals[-PROFILE_WEEKS * WEEK :]
    mean = sum(recent) / len(recent) if recent else 0.0
    if not mean:
        return (1.0,) * WEEK
    sold, usual = [float(PATTERNLESS_UNITS)] * WEEK, [float(PATTERNLESS_UNITS)] * WEEK
    start = (first_day + timedelta(len(totals) - len(recent))).weekday()
    for day, units in enumerate(recent, start):
        sold[day % WEEK] += units
        usual[day % WEEK] += mean
    raw = [units / expected for units, expected in zip(sold, usual, strict=True)]
    return tuple(WEEK * each / sum(raw) for each in raw)


def fit(units: Sequence[int], indices: Sequence[float]) -> Demand:
    """Return the demand that explains best what was sold on consecutive days, at least one."""
    fits = (smooth(units, indices, rate=rate) for rate in RATES)
    return min(fits, key=lambda demand: sum(error * error for error in demand.errors[FIRST_DAYS:]))


def smooth(units: Sequence[int], indices: Sequence[float], *, rate: float) -> Demand:
    """Return the demand after these days, with the level following what is sold at this rate."""
    level = sum(units[:FIRST_DAYS]) / sum(indices[:FIRST_DAYS])
    errors = []
    for sold, index in zip(units, indices, strict=True):
        error = sold - level * index
        errors.append(error)
        level = max(0.0, level + rate * error)
    return Demand(level, rate, errors)


def band(errors: Sequence[float]) -> Band:
    """Return where four of five errors lie; with fewer than two of them nothing is known."""
    if len(errors) < 2:
        return Band(0.0, 0.0)
    deciles = statistics.quantiles(errors, n=10, method="inclusive")
    return Band(min(deciles[0], 0.0), max(deciles[-1], 0.0))


def total_deviation(errors: Sequence[float], *, rate: float, days: int) -> float:
    """Return the standard deviation of the total of so many days, around what is expected.

    That the level itself moves is in it (Snyder, Koehler and Ord, Lead time demand for simple exponential
    smoothing, Journal of the Operational Research Society 50, 1999).
    """
    variance = statistics.fmean([error * error for error in errors]) if errors else 0.0
    moving = 1 + rate * (days - 1) + rate**2 * (days - 1) * (2 * days - 1) / 6
    return float((variance * days * moving) ** 0.5)


def totals(series: Iterable[Sequence[int]], days: int) -> list[int]:
    """Return what was sold of all products together on each of so many days."""
    return [sum(column) for column in zip(*series, strict=True)] or [0] * days
