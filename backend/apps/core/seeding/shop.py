"""One demo shop with everything in it, made up from nothing but its number.

The same number gives the same shop on every machine: what is computed is sums, products, quotients and
comparisons. A product and a customer are the same however many there are; so is a sale, as long as the
numbers of products and customers are.
"""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate

from apps.auth.models import BusinessType
from apps.core.seeding.clientele import Customer, customers
from apps.core.seeding.draws import draws
from apps.core.seeding.names import first_name, shop_name
from apps.core.seeding.seasons import HISTORY_DAYS, cumulative_weights, history
from apps.core.seeding.shelf import PAISA, Product, products

# Of 100 sales 20 are to somebody whose name is not known; only who is known buys on credit.
KNOWN = 0.8
METHODS = ("cash", "bkash", "nagad", "card", "credit")
PAID_UP_TO = (0.52, 0.75, 0.86, 0.93)
PAID_BY_STRANGERS_UP_TO = (0.60, 0.83, 0.93, 1.0)
NOBODY = r"\N"


@dataclass(frozen=True)
class Counts:
    """How many of each a shop has."""

    products: int = 30
    customers: int = 50
    transactions: int = 100

    @property
    def rows(self) -> int:
        return self.products + self.customers + self.transactions


class Shop:
    """The demo shop of this number, from 1, as it is on the day `as_of`.

    The lines are of PostgreSQL's COPY format; `loading.TEMPORARY_TABLES` has their columns.
    """

    def __init__(self, number: int, counts: Counts, as_of: date) -> None:
        self.number, self._counts, self._as_of = number, counts, as_of
        self.type: str = BusinessType.values[(number - 1) % len(BusinessType.values)]
        draw = draws(number, "shop")
        self.name, self.owner = shop_name(self.type, draw), first_name(draw)

    @cached_property
    def products(self) -> list[Product]:
        return products(self.number, self.type, self._counts.products)

    @cached_property
    def customers(self) -> list[Customer]:
        return customers(self.number, self._counts.customers)

    def product_lines(self) -> Iterator[str]:
        for one in self.products:
            price = f"{one.paisa // PAISA}.{one.paisa % PAISA:02}"
            yield f"{self.number}\t{one.sku}\t{one.name}\t{price}\t{one.stock}\t{one.reorder_point}\n"

    def customer_lines(self) -> Iterator[str]:
        for one in self.customers:
            yield f"{self.number}\t{one.phone}\t{one.name}\t{one.email}\n"

    def transaction_lines(self) -> Iterator[str]:
        """The sales, in no order. This is most of the work of a seed, so nothing is looked up twice."""
        draw, number = draws(self.number, "transactions"), self.number
        busy, days = cumulative_weights(self.type, self._as_of), history(self._as_of)
        shelf = [(one.sku, one.paisa, one.most) for one in self.products]
        buyers = [(one.phone, *_spanned(busy, one)) for one in self.customers]
        sold = list(accumulate(one.popularity for one in self.products))
        bought = list(accumulate(one.loyalty for one in self.customers))
        known = KNOWN if buyers else 0.0
        stranger = (NOBODY, 0.0, busy[-1])
        for sale in range(1, self._counts.transactions + 1):
            sku, paisa, most = shelf[bisect(sold, draw() * sold[-1], 0, len(shelf) - 1)]
            who = draw()
            if who < known:
                buyer, since, span = buyers[bisect(bought, who / known * bought[-1], 0, len(buyers) - 1)]
                paid = PAID_UP_TO
            else:
                buyer, since, span = stranger
                paid = PAID_BY_STRANGERS_UP_TO
            day = days[bisect(busy, since + draw() * span, 0, HISTORY_DAYS - 1)]
            little = draw()
            quantity = 1 + int(most * little * little)
            cost, method = paisa * quantity, METHODS[bisect(paid, draw())]
            yield (
                f"{number}\tdemo-{sale:07}\t{day}\t{sku}\t{buyer}\t{quantity}\t"
                f"{cost // PAISA}.{cost % PAISA:02}\t{method}\n"
            )


def _spanned(busy: list[float], customer: Customer) -> tuple[float, float]:
    """Return where a customer's days begin in the cumulative weights, and how much of them they are."""
    since = busy[customer.since - 1] if customer.since else 0.0
    return since, busy[customer.until] - since
