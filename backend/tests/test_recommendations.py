"""Advice: what it says, and what becomes of it."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.adminops.models import AuditLog
from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.customers.models import ChurnScore, Risk, Segment
from apps.customers.selectors import valuable_at_risk
from apps.forecasting.outlook import LEAST_DAYS, History, Outlook, Stocked, look_ahead
from apps.recommendations import advice, services
from apps.recommendations.advice import Advice
from apps.recommendations.models import AdviceStatus, AdviceType, Engagement, Recommendation, Urgency
from tests.support.factories import make_customer

pytestmark = pytest.mark.django_db

FIRST = date(2026, 1, 5)
RICE = "product:1"


def outlook(*, stock: int, reorder_point: int = 0, units: Sequence[int] = (2,) * LEAST_DAYS) -> Outlook:
    rice = Stocked(1, "চাল", Decimal(70), stock, reorder_point)
    return look_ahead(History(FIRST, len(units), {1: units}), [rice], days=30)


def restock(**shelf: Any) -> Advice | None:
    found = advice.restock(outlook(**shelf))
    return found[0] if found else None


@pytest.mark.parametrize(
    ("stock", "urgency", "days_left", "priority"),
    [
        (0, Urgency.HIGH, "0.0", "1"),
        (4, Urgency.HIGH, "2.0", "0.7778"),
        (10, Urgency.MEDIUM, "5.0", "0.5833"),
    ],
)
def test_what_does_not_last_until_an_order_comes_is_to_be_ordered(
    stock: int, urgency: Urgency, days_left: str, priority: str
) -> None:
    advised = restock(stock=stock)
    assert advised is not None
    assert (advised.urgency, advised.priority) == (urgency, Decimal(priority))
    # Two a day, for a week until the order is there and two more until the next one.
    assert advised.action["quantity"] == 42 - stock
    assert advised.action["days_of_stock_left"] == days_left
    assert advised.title == f"Order {42 - stock} of চাল"


def test_what_lasts_is_not_to_be_ordered() -> None:
    assert restock(stock=14) is None


def test_what_the_shop_calls_low_is_to_be_ordered_though_it_lasts() -> None:
    advised = restock(stock=20, reorder_point=20)
    assert advised is not None and advised.urgency == Urgency.LOW


def test_irregular_demand_needs_a_safety_stock() -> None:
    steady, irregular = restock(stock=0), restock(stock=0, units=[0, 4] * LEAST_DAYS)
    assert steady is not None and irregular is not None
    assert irregular.action["quantity"] > steady.action["quantity"] + 5


def test_with_too_little_history_the_reorder_point_alone_counts() -> None:
    assert restock(stock=1, units=[2] * 10) is None
    advised = restock(stock=4, reorder_point=5, units=[2] * 10)
    assert advised is not None
    assert (advised.action["quantity"], advised.action["days_of_stock_left"]) == (6, None)
    assert advised.urgency == Urgency.MEDIUM


def test_what_nobody_buys_and_nobody_watches_is_not_to_be_ordered() -> None:
    assert restock(stock=0, units=[0] * 100) is None


def test_a_long_name_fits_into_the_title() -> None:
    product = Stocked(1, "চাল" * 70, Decimal(70), 0, 1)
    [advised] = advice.restock(look_ahead(History(FIRST, 0, {}), [product], days=30))
    assert len(advised.title) == 200


def scored(shop: Business, *, risk: str, monetary: int, frequency: int = 3) -> ChurnScore:
    with scope.working_for(shop.pk):
        return ChurnScore.objects.create(
            customer=make_customer(shop),
            recency_score=1,
            frequency_score=frequency,
            monetary_score=monetary,
            rfm_segment=Segment.AT_RISK,
            churn_risk_score=Decimal(risk),
            churn_risk_level=Risk.HIGH if Decimal(risk) >= Decimal("0.9") else Risk.LOW,
        )


def test_customers_who_spent_much_and_have_probably_gone_are_to_be_won_back(in_shop: Business) -> None:
    best = scored(in_shop, risk="0.99", monetary=5)
    good = scored(in_shop, risk="0.92", monetary=4)
    scored(in_shop, risk="0.99", monetary=3)
    scored(in_shop, risk="0.50", monetary=5)
    advised = advice.win_back(valuable_at_risk())
    assert [each.subject for each in advised] == [
        f"customer:{best.customer_id}",
        f"customer:{good.customer_id}",
    ]
    assert [each.urgency for each in advised] == [Urgency.HIGH, Urgency.MEDIUM]
    assert advised[0].action["churn_risk"] == "0.9900"
    assert 0 < advised[1].priority < advised[0].priority <= 1


def test_nobody_is_advised_to_call_everybody(in_shop: Business) -> None:
    for _ in range(advice.MOST_CALLS + 2):
        scored(in_shop, risk="0.95", monetary=5)
    assert len(advice.win_back(valuable_at_risk())) == advice.MOST_CALLS


# What becomes of it.


def advised(subject: str = RICE, *, title: str = "Order 5") -> Advice:
    return Advice(AdviceType.RESTOCK, subject, title, "Soon.", Urgency.LOW, Decimal("0.5"), {"product_id": 1})


def rows() -> list[tuple[str, str, str]]:
    return list(Recommendation.objects.order_by("id").values_list("subject", "title", "status"))


def settle(action: str, ago: timedelta) -> None:
    """Settle the open advice, so long ago."""
    row = Recommendation.objects.get(status=AdviceStatus.OPEN)
    services.recommendation_engage(row, action=Engagement(action))
    Recommendation.objects.filter(pk=row.pk).update(updated_at=timezone.now() - ago)


def test_open_advice_is_brought_up_to_date_in_its_place(in_shop: Business) -> None:
    services.recommendations_refresh([advised(), advised("product:2")])
    first = Recommendation.objects.get(subject=RICE)
    assert services.recommendations_refresh([advised(title="Order 9"), advised("product:2")]) == 2
    assert rows() == [(RICE, "Order 9", "open"), ("product:2", "Order 5", "open")]
    assert Recommendation.objects.get(subject=RICE).pk == first.pk


def test_advice_that_is_not_true_any_more_expires_and_may_come_back(in_shop: Business) -> None:
    services.recommendations_refresh([advised()])
    services.recommendations_refresh([])
    services.recommendations_refresh([advised()])
    assert rows() == [(RICE, "Order 5", "expired"), (RICE, "Order 5", "open")]


@pytest.mark.parametrize(
    ("action", "ago", "comes_back"),
    [("dismissed", 29, False), ("dismissed", 31, True), ("acted", 13, False), ("acted", 15, True)],
)
def test_what_was_settled_is_not_advised_again_for_a_while(
    action: str, ago: int, comes_back: bool, in_shop: Business
) -> None:
    services.recommendations_refresh([advised()])
    settle(action, timedelta(days=ago))
    assert services.recommendations_refresh([advised()]) == comes_back
    assert Recommendation.objects.filter(status=AdviceStatus.OPEN).exists() == comes_back


@pytest.fixture
def open_advice(shop: Business) -> Recommendation:
    with scope.working_for(shop.pk):
        services.recommendations_refresh([advised()])
        return Recommendation.objects.get()


@pytest.mark.parametrize(
    ("action", "status"), [("seen", "open"), ("acted", "acted"), ("dismissed", "dismissed")]
)
def test_what_somebody_does_about_it_is_noted_once(
    action: str, status: str, open_advice: Recommendation, shop_api: APIClient, shop: Business
) -> None:
    address = f"/api/recommendations/{open_advice.pk}/engagement/"
    first, again = (shop_api.post(address, {"action": action}) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["status"] == status
    assert first.json()["engagement"][action]["by"] == shop.user_id
    with scope.working_for(shop.pk):
        [entry] = AuditLog.objects.all()
    assert (entry.action, entry.user_id) == (f"recommendation.{action}", shop.user_id)


def test_what_was_settled_stays_settled(open_advice: Recommendation, shop_api: APIClient) -> None:
    address = f"/api/recommendations/{open_advice.pk}/engagement/"
    assert shop_api.post(address, {"action": "acted"}).status_code == 200
    refused = shop_api.post(address, {"action": "dismissed"})
    assert (refused.status_code, refused.json()["code"]) == (409, "settled")
    seen = shop_api.post(address, {"action": "seen"})
    assert (seen.status_code, list(seen.json()["engagement"])) == (200, ["acted"])


@pytest.mark.parametrize("body", [{}, {"action": "liked"}, {"action": "seen", "by": 1}, [], {"action": None}])
def test_an_engagement_that_means_nothing_is_refused(
    body: Any, open_advice: Recommendation, shop_api: APIClient
) -> None:
    answer = shop_api.post(f"/api/recommendations/{open_advice.pk}/engagement/", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_advice_of_another_shop_is_not_found(other_shop: Business, open_advice: Recommendation) -> None:
    client = APIClient()
    client.force_authenticate(other_shop.user)
    answer = client.post(f"/api/recommendations/{open_advice.pk}/engagement/", {"action": "seen"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
