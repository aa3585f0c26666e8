"""How busy a shop in Bangladesh is from day to day: the week, the months, the two Eids, and its own growth.

Only sums, products and quotients of numbers, which come out alike on every machine.
"""

from datetime import date, timedelta
from functools import cache
from itertools import accumulate

from apps.auth.models import BusinessType

HISTORY_DAYS = 365
"""How far back the sales of a demo shop go; the last of these days is the one that they are as of."""

GROWTH = 2.0
"""How many times as much is sold at the end of the history as at its beginning."""

# From Monday to Sunday. The weekend is Friday and Saturday.
WEEKDAYS = {
    BusinessType.GROCERY: (0.9, 0.9, 0.9, 1.1, 1.5, 1.2, 0.9),
    BusinessType.PHARMACY: (1.0, 1.0, 1.0, 1.0, 0.8, 1.1, 1.1),
    BusinessType.CLOTHING: (0.7, 0.7, 0.8, 1.2, 1.9, 1.6, 0.8),
    BusinessType.ELECTRONICS: (0.8, 0.8, 0.9, 1.1, 1.5, 1.4, 0.9),
    BusinessType.RESTAURANT: (0.8, 0.8, 0.9, 1.4, 1.8, 1.2, 0.8),
    BusinessType.OTHER: (1.0, 1.0, 1.0, 1.1, 0.9, 1.1, 1.1),
}

# From January to December.
MONTHS = {
    BusinessType.GROCERY: (1.0,) * 12,
    BusinessType.PHARMACY: (1.1, 1.0, 0.9, 0.9, 0.9, 1.0, 1.2, 1.3, 1.3, 1.2, 1.0, 1.1),
    BusinessType.CLOTHING: (1.3, 1.1, 1.0, 1.1, 0.9, 0.9, 0.9, 0.9, 1.0, 1.1, 1.2, 1.3),
    BusinessType.ELECTRONICS: (0.8, 0.9, 1.2, 1.4, 1.4, 1.3, 1.1, 1.0, 1.0, 0.9, 0.8, 0.8),
    BusinessType.RESTAURANT: (1.2, 1.2, 1.0, 1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 1.0, 1.1, 1.3),
    BusinessType.OTHER: (1.5, 1.2, 1.0, 1.0, 0.9, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.1),
}

# What the days before an Eid are multiplied by: the most, and on how many days it rises to that.
BEFORE_EID_UL_FITR = {
    BusinessType.GROCERY: (1.8, 30),
    BusinessType.CLOTHING: (4.0, 25),
    BusinessType.ELECTRONICS: (1.3, 10),
    BusinessType.RESTAURANT: (0.6, 30),
    BusinessType.OTHER: (1.6, 15),
}
BEFORE_EID_UL_ADHA = {
    BusinessType.GROCERY: (1.7, 10),
    BusinessType.CLOTHING: (1.8, 12),
    BusinessType.ELECTRONICS: (2.2, 15),
}
NEVER_CLOSED = {BusinessType.PHARMACY, BusinessType.RESTAURANT}
HOLIDAY_DAYS, HOLIDAY_WEIGHT = 2, 0.1

HIJRA = 227_015
"""16 July 622 in the Julian calendar, the first day of the Hijri one, as a proleptic Gregorian ordinal."""


@cache
def history(as_of: date) -> list[str]:
    """Return the days of which there are sales, such as 2026-01-31, the last one being `as_of`."""
    return [day.isoformat() for day in _days(as_of)]


@cache
def cumulative_weights(business_type: str, as_of: date) -> list[float]:
    """Return, for each day of the history, how much is sold up to its end; only proportions count."""
    kind = BusinessType(business_type)
    growth = (GROWTH - 1) / HISTORY_DAYS
    weights = (_weight(kind, day) * (1 + growth * nth) for nth, day in enumerate(_days(as_of)))
    return list(accumulate(weights))


def eid_ul_fitr(hijri_year: int) -> date:
    """The first of Shawwal."""
    return _day_of_hijri(hijri_year, 10, 1)


def eid_ul_adha(hijri_year: int) -> date:
    """The tenth of Dhu al-Hijjah."""
    return _day_of_hijri(hijri_year, 12, 10)


def _days(as_of: date) -> list[date]:
    return [as_of - timedelta(days=ago) for ago in reversed(range(HISTORY_DAYS))]


def _weight(kind: BusinessType, day: date) -> float:
    hijri_year = (day.toordinal() - HIJRA) * 30 // 10_631 + 1
    fitr = _feast(kind, (eid_ul_fitr(hijri_year) - day).days, BEFORE_EID_UL_FITR)
    adha = _feast(kind, (eid_ul_adha(hijri_year) - day).days, BEFORE_EID_UL_ADHA)
    return WEEKDAYS[kind][day.weekday()] * MONTHS[kind][day.month - 1] * fitr * adha


def _feast(kind: BusinessType, days_ahead: int, before: dict[BusinessType, tuple[float, int]]) -> float:
    """Return by how much a feast so many days ahead changes what is sold."""
    if -HOLIDAY_DAYS < days_ahead <= 0 and kind not in NEVER_CLOSED:
        return HOLIDAY_WEIGHT
    most, rises_for = before.get(kind, (1.0, 1))
    if not 0 < days_ahead <= rises_for:
        return 1.0
    return 1 + (most - 1) * (rises_for - days_ahead + 1) / rises_for


def _day_of_hijri(year: int, month: int, day: int) -> date:
    """The tabular Islamic calendar, a day or so from what is seen of the moon in Dhaka.

    From E. M. Reingold and N. Dershowitz, Calendrical Calculations: months of 30 and 29 days in turns, and
    eleven leap years in thirty, which are 10 631 days.
    """
    before_the_month = (59 * (month - 1) + 1) // 2
    before_the_year = (year - 1) * 354 + (3 + 11 * year) // 30
    return date.fromordinal(HIJRA - 1 + before_the_year + before_the_month + day)
