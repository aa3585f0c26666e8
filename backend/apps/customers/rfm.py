"""Recency, frequency and monetary value of customers, and the risk that one does not come back.

Nothing here reads or writes the database.

The three scores are quintiles of the business's own customers (Hughes, Strategic Database Marketing, 1994).

The risk compares how long a customer has been silent with that customer's own rhythm. Purchases of an active
customer are taken for a Poisson process, whose rate varies between customers as a gamma distribution does:
the NBD model (Ehrenberg, 1959) that "Counting Your Customers" (Schmittlein, Morrison and Colombo, Management
Science 33, 1987) builds upon. Seen x gaps in s days, and a shop where a gap lasts g days on average counting
as much as one gap of the customer's own, an active customer is silent for t days or longer with probability

    ((g + s) / (g + s + t)) ** (1 + x)

which is the tail of the Pareto II (Lomax) distribution. The risk is what is left to 1: of the customers who
are still active, a tenth is above 0.9 at any time. Somebody who bought only once is judged by the shop's
rhythm, a regular by his or her own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.customers.models import Risk, Segment

# The rhythm of a shop where nobody bought on two days yet.
USUAL_GAP_DAYS = 30.0
MEDIUM_RISK, HIGH_RISK = Decimal("0.7"), Decimal("0.9")

# By recency (rows, best first) and by the mean of frequency and monetary value (1 to 5), as in the usual RFM
# grids. A customer moves down as time passes and right as purchases add up.
_NEW, _PROMISING, _LOYAL, _CHAMPION = Segment.NEW, Segment.PROMISING, Segment.LOYAL, Segment.CHAMPION
_AT_RISK, _HIBERNATING, _LOST = Segment.AT_RISK, Segment.HIBERNATING, Segment.LOST
SEGMENTS = {
    5: (_NEW, _PROMISING, _LOYAL, _CHAMPION, _CHAMPION),
    4: (_NEW, _PROMISING, _LOYAL, _LOYAL, _CHAMPION),
    3: (_PROMISING, _PROMISING, _LOYAL, _LOYAL, _LOYAL),
    2: (_HIBERNATING, _HIBERNATING, _AT_RISK, _AT_RISK, _AT_RISK),
    1: (_LOST, _LOST, _HIBERNATING, _AT_RISK, _AT_RISK),
}


@dataclass(frozen=True)
class Purchases:
    """What one customer bought so far; several things on one day are one purchase."""

    customer_id: int
    first_day: date
    last_day: date
    days: int
    spent: Decimal


@dataclass(frozen=True)
class Score:
    customer_id: int
    recency: int
    frequency: int
    monetary: int
    segment: Segment
    risk: Decimal
    level: Risk


def scores(customers: Sequence[Purchases], *, as_of: date) -> list[Score]:
    """Return the score of each customer as it is on the day `as_of`, which no purchase is after."""
    recency = quintiles([customer.last_day.toordinal() for customer in customers])
    frequency = quintiles([customer.days for customer in customers])
    monetary = quintiles([customer.spent for customer in customers])
    gap = mean_gap(customers)
    found = []
    for customer, r, f, m in zip(customers, recency, frequency, monetary, strict=True):
        risk = churn_risk(customer, as_of=as_of, shop_gap=gap)
        found.append(Score(customer.customer_id, r, f, m, segment(r, f, m), risk, level(risk)))
    return found


def quintiles(values: Sequence[int | Decimal]) -> list[int]:
    """Return for each value the fifth that it falls into, 1 (lowest) to 5.

    By the share of values below plus half of those that are equal. So equal values get equal scores whatever
    their order, and where all are equal, or there is only one, it is the middle.
    """
    count = len(values)
    fifths: dict[int | Decimal, int] = {}
    below = 0
    for value, equal in _counted(values):
        fifths[value] = 1 + 5 * (2 * below + equal) // (2 * count)
        below += equal
    return [fifths[value] for value in values]


def segment(recency: int, frequency: int, monetary: int) -> Segment:
    """Return the segment that the table above names, half a point rounded up."""
    return SEGMENTS[recency][(frequency + monetary + 1) // 2 - 1]


def mean_gap(customers: Iterable[Purchases]) -> float:
    """Return how many days pass between two purchases of one customer, on average over the shop."""
    days = gaps = 0
    for customer in customers:
        days += (customer.last_day - customer.first_day).days
        gaps += customer.days - 1
    return days / gaps if gaps else USUAL_GAP_DAYS


def churn_risk(customer: Purchases, *, as_of: date, shop_gap: float) -> Decimal:
    """Return the risk from 0 (has just bought) to 1, with four decimals; the formula is at the top."""
    seen = shop_gap + (customer.last_day - customer.first_day).days
    silent = (as_of - customer.last_day).days
    stays = (seen / (seen + silent)) ** customer.days
    return round(Decimal(1 - stays), 4)


def level(risk: Decimal) -> Risk:
    if risk >= HIGH_RISK:
        return Risk.HIGH
    return Risk.MEDIUM if risk >= MEDIUM_RISK else Risk.LOW


def _counted(values: Sequence[int | Decimal]) -> list[tuple[int | Decimal, int]]:
    """Return each distinct value with how often it occurs, the lowest first."""
    counts: dict[int | Decimal, int] = {}
    for value in sorted(values):
        counts[value] = counts.get(value, 0) + 1
    return list(counts.items())
