"""What a shop had better do next: order what runs out, call whom it is about to lose.

Nothing here reads or writes the database.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist
from typing import Any

from django.utils.text import Truncator

from apps.customers.models import ChurnScore
from apps.forecasting import demand
from apps.forecasting.outlook import Outlook, ProductOutlook
from apps.recommendations.models import AdviceType, Urgency

# What is ordered today is on the shelf in a week, and the order after it two weeks later.
LEAD_DAYS, CYCLE_DAYS = 7, 14
# Safety stock for a service level of 95 %: nineteen of twenty such periods end with something left.
SAFETY = NormalDist().inv_cdf(0.95)
URGENT_DAYS = 3

# More customers than that nobody calls.
MOST_CALLS = 20

LONGEST_TITLE = 200


@dataclass(frozen=True)
class Advice:
    """One piece of advice. subject: what it is about, as TYPE:ID. action: what is needed to follow it."""

    type: AdviceType
    subject: str
    title: str
    description: str
    urgency: Urgency
    priority: Decimal
    action: dict[str, Any]


def restock(outlook: Outlook) -> list[Advice]:
    """Return what to order: what is low on the shelf or will not last until the order has come."""
    return [advice for product in outlook.products if (advice := _restock(product)) is not None]


def win_back(scores: Iterable[ChurnScore]) -> list[Advice]:
    """Return whom to call, of customers who are at risk and worth it; the first are the most pressing."""
    advice = sorted(map(_win_back, scores), key=lambda each: (-each.priority, each.subject))
    return advice[:MOST_CALLS]


def _restock(outlook: ProductOutlook) -> Advice | None:
    product = outlook.product
    is_low = product.stock <= product.reorder_point and (
        product.reorder_point > 0 or outlook.demand.level > 0
    )
    is_known = outlook.accuracy is not None
    if not is_low and not (is_known and product.stock < _needed(outlook.demand, days=LEAD_DAYS)):
        return None
    target = _needed(outlook.demand, days=LEAD_DAYS + CYCLE_DAYS) if is_known else 2 * product.reorder_point
    quantity = max(math.ceil(target), product.reorder_point + 1) - product.stock
    days_left = product.stock / outlook.demand.level if is_known and outlook.demand.level else None
    lasts = "nobody can tell how long that lasts" if days_left is None else f"that lasts {days_left:.1f} days"
    return Advice(
        type=AdviceType.RESTOCK,
        subject=f"product:{product.id}",
        title=Truncator(f"Order {quantity} of {product.name}").chars(LONGEST_TITLE),
        description=f"{product.stock} left on the shelf; {lasts}.",
        urgency=_urgency(product.stock, days_left),
        priority=_pressing(product.stock, days_left),
        action={
            "product_id": product.id,
            "product_name": product.name,
            "quantity": quantity,
            "current_stock": product.stock,
            "daily_demand": f"{outlook.demand.level:.2f}" if is_known else None,
            "days_of_stock_left": None if days_left is None else f"{days_left:.1f}",
        },
    )


def _needed(expected: demand.Demand, *, days: int) -> float:
    """Return the stock that lasts so many days, with the safety stock."""
    spread = demand.total_deviation(expected.errors, rate=expected.rate, days=days)
    return expected.level * days + SAFETY * spread


def _urgency(stock: int, days_left: float | None) -> Urgency:
    if stock == 0:
        return Urgency.HIGH
    if days_left is None:
        return Urgency.MEDIUM
    if days_left < URGENT_DAYS:
        return Urgency.HIGH
    return Urgency.MEDIUM if days_left < LEAD_DAYS else Urgency.LOW


def _pressing(stock: int, days_left: float | None) -> Decimal:
    """Return 1 for an empty shelf, and one half for one that lasts just until an order comes."""
    if stock == 0:
        return Decimal(1)
    waits = LEAD_DAYS if days_left is None else days_left
    return round(Decimal(LEAD_DAYS / (LEAD_DAYS + waits)), 4)


def _win_back(score: ChurnScore) -> Advice:
    risk, name = score.churn_risk_score, score.customer.name
    return Advice(
        type=AdviceType.WIN_BACK,
        subject=f"customer:{score.customer_id}",
        title=Truncator(f"Win {name} back").chars(LONGEST_TITLE),
        description=(f"Spends more than most customers. Of those who come back, {risk:.0%} do so sooner."),
        urgency=Urgency.HIGH if score.monetary_score == 5 else Urgency.MEDIUM,
        priority=round(risk * (score.frequency_score + score.monetary_score) / 10, 4),
        action={
            "customer_id": score.customer_id,
            "customer_name": name,
            "segment": str(score.rfm_segment),
            "churn_risk": str(risk),
        },
    )
