"""Forecasts of demand and cash flow, worked out from what was sold."""

import random
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.forecasting import demand
from apps.forecasting.accuracy import Accuracy, accuracy
from apps.forecasting.cash_flow import Share, cash_flow
from apps.forecasting.outlook import LEAST_DAYS, LEAST_SALE_DAYS, History, Outlook, Stocked, look_ahead
from tests.support import trade

# A Monday.
FIRST = date(2025, 1, 6)
YEAR = 365


def shelf(count: int) -> list[Stocked]:
    return [Stocked(n, f"পণ্য {n}", Decimal(10 + n), stock=20, reorder_point=5) for n in range(count)]


@cache
def shop_history(*, sales: int, days: int, seed: int) -> History:
    sold = trade.trade(first_day=FIRST, days=days, products=30, customers=0, sales=sales, seed=seed)
    return trade.history(sold, first_day=FIRST, days=days)


def outlook(*, sales: int, days: int, seed: int = 1) -> Outlook:
    return look_ahead(shop_history(sales=sales, days=days, seed=seed), shelf(30), days=30)


def mean_errors(*, sales: int, days: int, shops: int) -> dict[str, float]:
    """Return the mean errors over the products whose history is long enough."""
    known = [
        product.accuracy
        for seed in range(shops)
        for product in outlook(sales=sales, days=days, seed=seed).products
        if product.accuracy is not None
    ]
    names = [name for name in Accuracy.__annotations__ if name.endswith("mae")]
    return {name: fmean(each[name] for each in known) for name in names}  # type: ignore[literal-required]


def test_a_busy_shop_is_forecast_better_than_naively() -> None:
    errors = mean_errors(sales=20_000, days=YEAR, shops=2)
    assert errors["mae"] < 0.8 * errors["naive_mae"]
    assert errors["mae"] < 0.8 * errors["seasonal_naive_mae"]
    assert errors["week_mae"] < 0.5 * errors["naive_week_mae"]
    assert errors["week_mae"] < 0.85 * errors["seasonal_naive_week_mae"]


def test_the_weeks_of_a_quiet_shop_are_forecast_better_than_naively() -> None:
    """Of most products nothing is sold on most days, so whoever forecasts nothing seldom errs about a day."""
    errors = mean_errors(sales=1_000, days=YEAR // 2, shops=6)
    assert errors["mae"] < 1.05 * errors["naive_mae"]
    assert errors["week_mae"] < 0.65 * errors["naive_week_mae"]
    assert errors["week_mae"] < 0.9 * errors["seasonal_naive_week_mae"]


def test_even_the_weeks_of_a_shop_with_a_hundred_sales_are_forecast_better_than_naively() -> None:
    errors = mean_errors(sales=100, days=YEAR // 2, shops=12)
    assert errors["week_mae"] < 0.85 * errors["naive_week_mae"]
    assert errors["week_mae"] < errors["seasonal_naive_week_mae"]


def test_four_days_of_five_fall_into_the_band() -> None:
    known = shop_history(sales=20_000, days=YEAR, seed=1)
    past = History(FIRST, YEAR - 28, {product: units[:-28] for product, units in known.units.items()})
    ahead = look_ahead(past, shelf(30), days=28)
    inside = [
        point["low"] <= sold <= point["high"]
        for product in ahead.products
        for point, sold in zip(
            ahead.points(product), known.units[product.product.id][-28:], strict=bool(product.accuracy)
        )
    ]
    assert 0.75 < fmean(inside) < 0.92


def test_the_week_of_the_shop_is_found() -> None:
    week = demand.shop_week(FIRST, [100, 100, 100, 100, 240, 60, 0] * 26)
    assert sum(week) == pytest.approx(7)
    assert max(week) == week[4] and min(week) == week[6]
    assert week[4] == pytest.approx(2.4, abs=0.3)
    assert demand.shop_week(FIRST, []) == demand.shop_week(FIRST, [0] * 30) == (1.0,) * 7


def test_few_weeks_show_a_faint_pattern() -> None:
    once = demand.shop_week(FIRST, [0, 0, 0, 0, 70, 0, 0])
    often = demand.shop_week(FIRST, [0, 0, 0, 0, 70, 0, 0] * 26)
    assert 1 < once[4] < 3 < often[4]


def test_chance_makes_no_busy_weekday() -> None:
    for seed in range(20):
        chance, totals = random.Random(seed), [0] * 180
        for _ in range(60):
            totals[chance.randrange(180)] += chance.randint(1, 3)
        assert max(demand.shop_week(FIRST, totals)) < 1.4


def test_the_level_of_what_is_not_bought_any_more_fades() -> None:
    flat = [1.0] * 200
    assert demand.fit([4] * 100 + [0] * 100, flat).level < 0.1
    assert demand.fit([4] * 200, flat).level == pytest.approx(4)


def test_the_total_of_more_days_is_less_certain() -> None:
    errors = [1.0, -1.0] * 50
    month = demand.total_deviation(errors, rate=0.0, days=30)
    assert month == pytest.approx(30**0.5)
    assert demand.total_deviation(errors, rate=0.1, days=30) > month
    assert demand.total_deviation([], rate=0.1, days=30) == 0


@given(st.lists(st.integers(0, 50), min_size=LEAST_DAYS, max_size=120))
def test_any_history_has_an_accuracy_and_a_level_that_is_not_negative(units: list[int]) -> None:
    flat = [1.0] * len(units)
    assert demand.fit(units, flat).level >= 0
    assert all(error >= 0 for error in accuracy(units, flat).values() if isinstance(error, float))


def forecast_of(units: list[int]) -> tuple[Outlook, list[float]]:
    ahead = look_ahead(History(FIRST, len(units), {0: units}), shelf(1), days=30)
    return ahead, [point["quantity"] for point in ahead.points(ahead.products[0])]


def test_a_forecast_begins_where_history_ends() -> None:
    ahead, quantities = forecast_of([2] * LEAST_DAYS)
    assert ahead.days[0] == FIRST + timedelta(LEAST_DAYS)
    assert quantities == [pytest.approx(2, abs=0.01)] * 30


@pytest.mark.parametrize(
    "units",
    [
        [],
        [0] * 400,
        [2] * (LEAST_DAYS - 1),
        [0] * 300 + [2] * (LEAST_DAYS - 1),
        [1] * (LEAST_SALE_DAYS - 1) + [0] * 300,
    ],
)
def test_too_little_history_is_no_forecast(units: list[int]) -> None:
    ahead, quantities = forecast_of(units)
    assert ahead.products[0].accuracy is None
    assert quantities == []


def test_one_sale_yesterday_is_not_one_every_day() -> None:
    ahead, _ = forecast_of([0] * 200 + [12])
    assert 0 < ahead.products[0].demand.level < 1


def test_cash_flow_adds_up() -> None:
    ahead = outlook(sales=5_000, days=YEAR)
    flow = cash_flow(ahead, top_customer=Share(id=1, name="ক্রেতা", share=0.2))
    inflows = [float(point["inflow"]) for point in flow.points]
    worth = sum(
        point["quantity"] * float(product.product.price)
        for product in ahead.products
        for point in ahead.points(product)
    )
    assert len(inflows) == 30
    assert abs(sum(inflows) - worth) < worth / 100
    assert abs(float(flow.points[-1]["cumulative"]) - sum(inflows)) < 1
    assert all(
        Decimal(point["low"]) <= Decimal(point["inflow"]) <= Decimal(point["high"]) for point in flow.points
    )
    risks = flow.risks
    assert 0 < Decimal(risks["worst_case"]) < Decimal(risks["expected"])
    assert risks["top_product"] is not None and 0 < risks["top_product"]["share"] < 1
    assert (risks["top_customer"], risks["history_days"]) == (Share(id=1, name="ক্রেতা", share=0.2), YEAR)


def test_at_most_one_month_in_ten_is_worse_than_the_worst_case() -> None:
    worse = 0
    for seed in range(10):
        known = shop_history(sales=2_000, days=YEAR, seed=seed)
        past = History(FIRST, YEAR - 30, {product: units[:-30] for product, units in known.units.items()})
        prices = {product.id: float(product.price) for product in shelf(30)}
        came_in = sum(prices[product] * sum(units[-30:]) for product, units in known.units.items())
        flow = cash_flow(look_ahead(past, shelf(30), days=30), top_customer=None)
        worse += came_in < float(flow.risks["worst_case"])
    assert worse <= 1


def test_a_shop_that_never_sold_has_no_cash_flow() -> None:
    flow = cash_flow(look_ahead(History(FIRST, 0, {}), shelf(3), days=30), top_customer=None)
    assert flow.points == []
    assert (flow.risks["expected"], flow.risks["worst_case"]) == ("0.00", "0.00")
    assert (flow.risks["top_product"], flow.risks["guessed_share"]) == (None, 0.0)


def test_a_weekday_that_strays_is_named() -> None:
    wild_fridays = [10, 10, 10, 10, 0, 10, 10, 10, 10, 10, 10, 40, 10, 10] * 20
    ahead, _ = forecast_of(wild_fridays)
    named = cash_flow(ahead, top_customer=None).risks["unsteady_days"]
    assert named and {date.fromisoformat(day).weekday() for day in named} == {4}


def test_the_part_that_is_a_guess_is_told() -> None:
    guess = look_ahead(History(FIRST, 30, {0: [1] * 30}), shelf(1), days=30)
    assert cash_flow(guess, top_customer=None).risks["guessed_share"] == 1.0
