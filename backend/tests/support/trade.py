"""What a shop might have sold: popular and rare goods, busy Fridays, slow seasons, regulars and strangers."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.forecasting.outlook import History
from apps.transactions.models import Customer, Product, Transaction

WEEK = (0.9, 0.95, 1.0, 1.15, 1.45, 0.8, 0.95)
STRANGERS = 0.4


@dataclass(frozen=True)
class Sale:
    """product, customer: numbers from 0 on; None for a stranger."""

    day: date
    product: int
    customer: int | None
    units: int


def trade(*, first_day: date, days: int, products: int, customers: int, sales: int, seed: int) -> list[Sale]:
    """Return so many sales; the same arguments always give the same ones."""
    chance = random.Random(seed)
    popularity = [1 / (rank + 1) ** 0.9 for rank in range(products)]
    growth = [chance.gauss(0, 0.0015) for _ in range(products)]
    busy = [
        WEEK[(first_day + timedelta(day)).weekday()] * (1 + 0.15 * math.sin(2 * math.pi * day / 365))
        for day in range(days)
    ]
    # Adding up the weights anew for every sale would take longer than all the rest.
    likely = [
        list(accumulate(each * math.exp(rate * day) for each, rate in zip(popularity, growth, strict=True)))
        for day in range(days)
    ]
    regulars = list(accumulate(1 / (rank + 1) ** 0.7 for rank in range(customers)))
    found = []
    for day in chance.choices(range(days), weights=busy, k=sales):
        [product] = chance.choices(range(products), cum_weights=likely[day])
        stranger = not customers or chance.random() < STRANGERS
        customer = None if stranger else chance.choices(range(customers), cum_weights=regulars)[0]
        units = min(12, 1 + int(chance.expovariate(1 / 1.2)))
        found.append(Sale(first_day + timedelta(day), product, customer, units))
    return found


def history(sales: Sequence[Sale], *, first_day: date, days: int) -> History:
    """Return the same as units a day for each product, by its number."""
    units: dict[int, list[int]] = {}
    for sale in sales:
        units.setdefault(sale.product, [0] * days)[(sale.day - first_day).days] += sale.units
    return History(first_day, days, units)


def store(shop: Business, sales: Sequence[Sale], *, products: int, customers: int) -> None:
    """Write the sales and what they are about; the shelf is full."""
    with scope.working_for(shop.pk):
        shelf = Product.objects.bulk_create(
            Product(name=f"পণ্য {n}", sku=f"T-{n}", unit_price=Decimal(10 + n), current_stock=500)
            for n in range(products)
        )
        people = Customer.objects.bulk_create(
            Customer(name=f"ক্রেতা {n}", phone=f"01700{n:06}") for n in range(customers)
        )
        Transaction.objects.bulk_create(
            (
                Transaction(
                    date=sale.day,
                    product=shelf[sale.product],
                    customer=None if sale.customer is None else people[sale.customer],
                    quantity=sale.units,
                    amount=shelf[sale.product].unit_price * sale.units,
                )
                for sale in sales
            ),
            batch_size=5_000,
        )
