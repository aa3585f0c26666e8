"""Who buys at a demo shop, how much, and from when to when."""

from typing import NamedTuple

from apps.core.seeding import keys
from apps.core.seeding.draws import Draw, draws
from apps.core.seeding.names import customer_name
from apps.core.seeding.seasons import HISTORY_DAYS

# The smaller it is, the more of the sales are to the same few customers: of 0.05, a fifth of them has half.
EVENNESS = 0.05

# Of 100 customers 22 have stopped coming, the last of them two months ago, and 15 came in these two months.
LOST, NEW = 0.22, 0.15
RECENT_DAYS = 60
LONGEST_GONE_DAYS = 240

WITH_EMAIL = 0.4


class Customer(NamedTuple):
    """since, until: the days of the history on which they came, counted from 0. loyalty: in no unit."""

    phone: str
    name: str
    email: str
    since: int
    until: int
    loyalty: float


def customers(shop: int, count: int) -> list[Customer]:
    draw = draws(shop, "customers")
    return [_customer(shop, number, draw) for number in range(1, count + 1)]


def _customer(shop: int, number: int, draw: Draw) -> Customer:
    name = customer_name(draw)
    email = f"customer{number}.shop{shop}@example.com" if draw() < WITH_EMAIL else ""
    since, until = _period(draw(), draw())
    return Customer(keys.phone(shop, number), name, email, since, until, 1 / (draw() + EVENNESS))


def _period(kind: float, drawn: float) -> tuple[int, int]:
    last = HISTORY_DAYS - 1
    if kind < LOST:
        return 0, last - RECENT_DAYS - int(drawn * (LONGEST_GONE_DAYS - RECENT_DAYS))
    if kind < LOST + NEW:
        return last - int(drawn * RECENT_DAYS), last
    return 0, last
