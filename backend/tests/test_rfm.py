"""Scores of customers, worked out from what they bought."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.customers import rfm
from apps.customers.models import Risk, Segment
from apps.customers.rfm import Purchases

TODAY = date(2026, 6, 30)


def customer(*, ago: int, span: int = 0, days: int = 1, spent: int = 100, id: int = 1) -> Purchases:
    """Somebody who bought on so many days within `span` days, last `ago` days ago."""
    last = TODAY - timedelta(ago)
    return Purchases(id, last - timedelta(span), last, days, Decimal(spent))


@pytest.mark.parametrize(
    ("values", "fifths"),
    [
        ([], []),
        ([7], [3]),
        ([7, 9], [2, 4]),
        ([5, 5, 5], [3, 3, 3]),
        ([10, 20, 30, 40, 50], [1, 2, 3, 4, 5]),
        ([50, 40, 30, 20, 10], [5, 4, 3, 2, 1]),
        ([1, 1, 1, 1, 1, 1, 1, 1, 9, 9], [3, 3, 3, 3, 3, 3, 3, 3, 5, 5]),
        (list(range(50)), [1] * 10 + [2] * 10 + [3] * 10 + [4] * 10 + [5] * 10),
    ],
)
def test_a_score_is_the_fifth_that_a_value_falls_into(values: list[int], fifths: list[int]) -> None:
    assert rfm.quintiles(values) == fifths


@given(st.lists(st.integers(0, 20), min_size=1, max_size=40), st.randoms())
def test_scores_depend_on_values_alone(values: list[int], chance: random.Random) -> None:
    scores = dict(zip(values, rfm.quintiles(values), strict=True))
    shuffled = chance.sample(values, len(values))
    assert rfm.quintiles(shuffled) == [scores[value] for value in shuffled]
    in_order = [scores[value] for value in sorted(scores)]
    assert in_order == sorted(in_order)
    assert set(in_order) <= {1, 2, 3, 4, 5}


def test_every_pair_of_scores_has_a_segment() -> None:
    found = {rfm.segment(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)}
    assert found == set(Segment)
    assert rfm.segment(5, 5, 5) == rfm.segment(5, 4, 3) == Segment.CHAMPION
    assert rfm.segment(5, 1, 1) == Segment.NEW
    assert rfm.segment(2, 5, 4) == Segment.AT_RISK
    assert rfm.segment(1, 1, 1) == Segment.LOST


def test_the_risk_is_measured_by_the_own_rhythm() -> None:
    weekly = customer(ago=30, span=70, days=11)
    monthly = customer(ago=30, span=300, days=11)
    assert rfm.churn_risk(weekly, as_of=TODAY, shop_gap=20.0) > Decimal("0.95")
    assert rfm.churn_risk(monthly, as_of=TODAY, shop_gap=20.0) < Decimal("0.7")
    assert rfm.churn_risk(customer(ago=0), as_of=TODAY, shop_gap=20.0) == 0


def test_who_bought_once_is_judged_by_the_rhythm_of_the_shop() -> None:
    assert rfm.churn_risk(customer(ago=20), as_of=TODAY, shop_gap=20.0) == Decimal("0.5")
    assert rfm.churn_risk(customer(ago=180), as_of=TODAY, shop_gap=20.0) == Decimal("0.9")


@given(
    ago=st.integers(0, 36_500),
    span=st.integers(0, 36_500),
    days=st.integers(1, 2_000),
    gap=st.floats(1, 36_500),
)
def test_the_risk_is_a_probability_that_grows_with_silence(
    ago: int, span: int, days: int, gap: float
) -> None:
    risk = rfm.churn_risk(customer(ago=ago, span=span, days=days), as_of=TODAY, shop_gap=gap)
    later = rfm.churn_risk(customer(ago=ago + 30, span=span, days=days), as_of=TODAY, shop_gap=gap)
    assert 0 <= risk <= later <= 1
    assert rfm.level(risk) in Risk


def test_the_rhythm_of_a_shop_without_regulars_is_a_guess() -> None:
    assert rfm.mean_gap([customer(ago=3)]) == rfm.USUAL_GAP_DAYS
    assert rfm.mean_gap([customer(ago=3, span=30, days=4), customer(ago=5)]) == 10.0


def test_one_customer_alone_is_in_the_middle() -> None:
    [score] = rfm.scores([customer(ago=0)], as_of=TODAY)
    assert (score.recency, score.frequency, score.monetary) == (3, 3, 3)


def gone_and_staying(seed: int) -> list[tuple[Purchases, bool]]:
    """Return 400 customers after a year with whether they have gone: everybody at a rate of his or her own,
    a third of them only up to some day."""
    chance = random.Random(seed)
    found = []
    for number in range(400):
        gap, leaves = chance.lognormvariate(3, 0.9), chance.random() < 1 / 3
        until = chance.uniform(60, 350) if leaves else 365.0
        days, at = set(), chance.expovariate(1 / gap)
        while at < until:
            days.add(int(at))
            at += chance.expovariate(1 / gap)
        if days:
            first, last = TODAY - timedelta(365 - min(days)), TODAY - timedelta(365 - max(days))
            found.append((Purchases(number, first, last, len(days), Decimal(1)), leaves))
    return found


def separation(risks: list[Decimal], gone: list[bool]) -> float:
    """Return how often somebody who has gone is at a higher risk than somebody who has not (the AUC)."""
    out = [risk for risk, left in zip(risks, gone, strict=True) if left]
    stays = [risk for risk, left in zip(risks, gone, strict=True) if not left]
    return sum(a > b for a in out for b in stays) / (len(out) * len(stays))


def test_the_risk_tells_the_gone_from_the_staying_better_than_the_days_of_silence() -> None:
    ours = silence = 0.0
    alarms = {True: 0, False: 0}
    people = [gone_and_staying(seed) for seed in range(5)]
    for shop in people:
        gone = [left for _, left in shop]
        scores = rfm.scores([person for person, _ in shop], as_of=TODAY)
        ours += separation([score.risk for score in scores], gone) / len(people)
        silence += separation([Decimal((TODAY - who.last_day).days) for who, _ in shop], gone) / len(people)
        for score, left in zip(scores, gone, strict=True):
            alarms[left] += score.level == Risk.HIGH
    left_in_all = sum(left for shop in people for _, left in shop)
    assert ours > 0.96
    assert ours > silence
    assert alarms[True] / left_in_all > 0.85
    assert alarms[False] / (sum(map(len, people)) - left_in_all) < 0.13
