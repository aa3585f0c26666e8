"""How a shop is doing, on one page."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.customers.models import ChurnScore, Segment
from apps.forecasting.models import CashFlowForecast
from apps.recommendations.models import Recommendation
from tests.support.factories import make_customer, make_product, make_sale

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda: TODAY)


def seen(api: APIClient, **query: Any) -> Any:
    answer = api.get("/api/dashboard/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_a_new_shop_sees_nothing_on_every_day(shop_api: APIClient) -> None:
    nothing = {"revenue": "0.00", "sales": 0, "units": 0}
    page = seen(shop_api, days=2)
    assert page == {
        "days": 2,
        "date_from": "2026-03-09",
        "date_to": "2026-03-10",
        "revenue_by_day": [
            {"date": "2026-03-09", "revenue": "0.00", "sales": 0},
            {"date": "2026-03-10", "revenue": "0.00", "sales": 0},
        ],
        "totals": nothing,
        "previous_totals": nothing,
        "top_products": [],
        "low_stock": {"count": 0, "products": []},
        "churn_segments": [{"segment": segment.value, "customers": 0} for segment in Segment],
        "cash_flow": None,
        "open_recommendations": 0,
    }


def test_the_period_is_thirty_days_unless_asked_otherwise(shop_api: APIClient) -> None:
    page = seen(shop_api)
    assert (page["days"], page["date_from"], len(page["revenue_by_day"])) == (30, ago(29).isoformat(), 30)
    assert len(seen(shop_api, days=365)["revenue_by_day"]) == 365


def test_revenue_is_added_up_by_day_and_compared_with_the_period_before(
    shop_api: APIClient, shop: Business, other_shop: Business
) -> None:
    product = make_product(shop)
    sold = {0: ["10.00", "0.01"], 2: ["5.50"], 3: ["100.00"], 5: ["7.00"], 6: ["1000.00"]}
    for days, amounts in sold.items():
        for amount in amounts:
            make_sale(shop, product, date=ago(days), amount=amount, quantity=2)
    make_sale(other_shop, date=TODAY, amount="777.00")
    page = seen(shop_api, days=3)
    assert [day["revenue"] for day in page["revenue_by_day"]] == ["5.50", "0.00", "10.01"]
    assert [day["sales"] for day in page["revenue_by_day"]] == [1, 0, 2]
    assert page["totals"] == {"revenue": "15.51", "sales": 3, "units": 6}
    assert page["previous_totals"] == {"revenue": "107.00", "sales": 2, "units": 4}


def test_the_best_five_products_are_named(shop_api: APIClient, shop: Business) -> None:
    products = [make_product(shop, name=f"চাল {number}") for number in range(7)]
    for number, product in enumerate(products):
        for _ in range(2):
            make_sale(shop, product, date=TODAY, amount=f"{number}.25", quantity=3)
    make_sale(shop, products[0], date=ago(30), amount="999.00")
    best = seen(shop_api)["top_products"]
    assert [product["name"] for product in best] == [f"চাল {number}" for number in (6, 5, 4, 3, 2)]
    assert best[0] == {
        "id": products[6].pk,
        "name": "চাল 6",
        "sku": products[6].sku,
        "revenue": "12.50",
        "units": 6,
    }


def test_what_is_low_is_counted_and_the_least_shown_first(shop_api: APIClient, shop: Business) -> None:
    for stock in range(12):
        make_product(shop, current_stock=stock, reorder_point=11)
    make_product(shop, current_stock=12, reorder_point=11)
    low = seen(shop_api)["low_stock"]
    assert low["count"] == 12
    assert [product["current_stock"] for product in low["products"]] == list(range(10))
    assert set(low["products"][0]) == {"id", "name", "sku", "current_stock", "reorder_point"}


def test_customers_are_counted_by_segment(shop_api: APIClient, shop: Business, other_shop: Business) -> None:
    for owner, segment in [(shop, "loyal"), (shop, "loyal"), (shop, "lost"), (other_shop, "lost")]:
        customer = make_customer(owner)
        with scope.working_for(owner.pk):
            ChurnScore.objects.create(
                customer=customer,
                recency_score=1,
                frequency_score=1,
                monetary_score=1,
                rfm_segment=segment,
                churn_risk_score="0.5",
                churn_risk_level="medium",
            )
    segments = {each["segment"]: each["customers"] for each in seen(shop_api)["churn_segments"]}
    assert {segment: count for segment, count in segments.items() if count} == {"loyal": 2, "lost": 1}


def test_the_latest_cash_flow_is_summed_up(shop_api: APIClient, shop: Business) -> None:
    inflow = ["100.10", "200.20", "0.05"]
    for day, risk in ((ago(1), "high"), (TODAY, "low")):
        with scope.working_for(shop.pk):
            CashFlowForecast.objects.create(
                forecast_date=day,
                projection_days=3,
                forecast_data=[{"date": "2026-03-11", "inflow": amount} for amount in inflow],
                risk_analysis={"level": risk},
            )
    assert seen(shop_api)["cash_flow"] == {
        "forecast_date": "2026-03-10",
        "projection_days": 3,
        "inflow": "300.35",
        "risk_analysis": {"level": "low"},
    }


def test_open_recommendations_are_counted(shop_api: APIClient, shop: Business) -> None:
    with scope.working_for(shop.pk):
        for number, status in enumerate(["open", "open", "acted", "expired"]):
            Recommendation.objects.create(
                title="x",
                type="restock",
                urgency="low",
                priority_score=0,
                subject=f"p:{number}",
                status=status,
            )
    assert seen(shop_api)["open_recommendations"] == 2


@pytest.mark.parametrize("query", ["days=0", "days=366", "days=-1", "days=x", "days=", "days=1e1", "weeks=1"])
def test_a_period_that_cannot_be_is_refused(query: str, shop_api: APIClient) -> None:
    answer = shop_api.get(f"/api/dashboard/?{query}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [query.split("=")[0]])


def test_the_dashboard_is_for_members_of_a_business(api: APIClient, user: Any) -> None:
    assert api.get("/api/dashboard/").status_code == 401
    api.force_authenticate(user)
    assert api.get("/api/dashboard/").json()["code"] == "no_business"
