"""Insights, worked out from what is in the database."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from subprocess import Popen
from threading import Event
from typing import Any

import pytest
import redis
from celery.signals import after_task_publish
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.customers.models import ChurnScore
from apps.forecasting.models import CashFlowForecast, Forecast, ForecastStatus
from apps.forecasting.services import KEPT_DAYS
from apps.recommendations.insights import Insights, insights_refresh, today
from apps.recommendations.models import Recommendation
from apps.recommendations.schedule import (
    DEBOUNCE_SECONDS,
    REFRESH,
    schedule_refresh,
    schedule_refresh_soon,
)
from apps.recommendations.selectors import demo_businesses_without_insights
from apps.transactions.models import Product, Transaction
from tests.support import trade
from tests.support.addresses import redis_url
from tests.support.factories import make_customer, make_product, make_sale, make_shop
from tests.support.processes import free_port, manage, python, wait_until

pytestmark = pytest.mark.django_db

DAY = date(2026, 6, 30)


# Spread over the products and customers of the shop and over the year before a day.
FIFTY_THOUSAND = """
INSERT INTO transactions_transaction
    (business_id, date, product_id, customer_id, quantity, amount, payment_method, created_at, updated_at)
SELECT %s, %s::date - 1 - (n * 7919 %% 365), p.ids[1 + n * (n %% 7) %% 30], c.ids[1 + n %% 50],
    1 + n %% 4, 50, 'cash', now(), now()
FROM generate_series(1, 50000) AS n,
    (SELECT array_agg(id) AS ids FROM transactions_product) AS p,
    (SELECT array_agg(id) AS ids FROM transactions_customer) AS c
"""


def traded(shop: Business, *, sales: int, days: int = 180) -> None:
    """Let the shop have sold so much until the day before DAY."""
    first = DAY - timedelta(days)
    sold = trade.trade(first_day=first, days=days, products=30, customers=50, sales=sales, seed=1)
    trade.store(shop, sold, products=30, customers=50)


def refresh(shop: Business, as_of: date = DAY) -> Insights | None:
    return insights_refresh(business_id=shop.pk, as_of=as_of)


def everything(shop: Business) -> dict[str, list[Any]]:
    """Return all that is worked out for a shop, without when it was."""
    with scope.working_for(shop.pk):
        rows: dict[str, list[Any]] = {
            model.__name__: list(model.objects.order_by("id").values())
            for model in (ChurnScore, Forecast, CashFlowForecast, Recommendation)
        }
    for each in (row for table in rows.values() for row in table):
        del each["updated_at"]
    return rows


def test_everything_is_worked_out_for_the_shop_and_for_no_other(shop: Business, other_shop: Business) -> None:
    traded(shop, sales=1_000)
    make_sale(other_shop, customer=make_customer(other_shop))
    done = refresh(shop)
    assert done is not None and (done.scores, done.forecasts) == (50, 30)
    found = everything(shop)
    assert [len(rows) for rows in found.values()] == [50, 30, 1, done.recommendations]
    assert not any(everything(other_shop).values())
    assert scope.current() is None


def test_twice_worked_out_is_the_same(shop: Business) -> None:
    traded(shop, sales=300)
    refresh(shop)
    first = everything(shop)
    refresh(shop)
    assert everything(shop) == first


def test_a_business_that_is_gone_has_no_insights(db: None) -> None:
    assert insights_refresh(business_id=123_456_789) is None


def test_a_shop_without_sales_has_honest_insights(shop: Business) -> None:
    make_product(shop, current_stock=5)
    assert refresh(shop) == Insights(scores=0, forecasts=1, recommendations=0)
    with scope.working_for(shop.pk):
        forecast, flow = Forecast.objects.get(), CashFlowForecast.objects.get()
    assert (forecast.status, forecast.forecast_data) == (ForecastStatus.TOO_LITTLE_HISTORY, [])
    assert (flow.forecast_data, flow.risk_analysis["expected"]) == ([], "0.00")


def test_a_hundred_sales_take_well_under_a_second(shop: Business) -> None:
    traded(shop, sales=100)
    started = time.perf_counter()
    refresh(shop)
    assert time.perf_counter() - started < 1.0


def test_fifty_thousand_sales_take_a_few_seconds_and_no_more_queries(
    shop: Business, other_shop: Business, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    traded(shop, sales=100)
    with scope.working_for(shop.pk), connection.cursor() as cursor:
        cursor.execute(FIFTY_THOUSAND, [shop.pk, DAY])
    started = time.perf_counter()
    with django_assert_max_num_queries(30):
        refresh(shop)
    assert time.perf_counter() - started < 5.0


def test_scores_are_as_of_the_day(shop: Business) -> None:
    early, late = make_customer(shop), make_customer(shop)
    make_sale(shop, customer=early, date=DAY - timedelta(40))
    make_sale(shop, customer=late, date=DAY)
    refresh(shop, DAY - timedelta(30))
    with scope.working_for(shop.pk):
        assert [score.customer for score in ChurnScore.objects.select_related("customer")] == [early]
    refresh(shop, DAY)
    with scope.working_for(shop.pk):
        risks = dict(ChurnScore.objects.values_list("customer_id", "churn_risk_score"))
    assert risks[late.pk] == 0 < risks[early.pk]


def test_who_has_no_purchase_any_more_has_no_score(shop: Business) -> None:
    sale = make_sale(shop, customer=make_customer(shop))
    refresh(shop)
    with scope.working_for(shop.pk):
        sale.delete()
        assert ChurnScore.objects.exists()
    refresh(shop)
    with scope.working_for(shop.pk):
        assert not ChurnScore.objects.exists()


def test_several_things_bought_on_one_day_are_one_purchase(shop: Business) -> None:
    often, seldom = make_customer(shop), make_customer(shop)
    for day in (1, 8, 15):
        make_sale(shop, customer=often, date=date(2026, 6, day), amount=Decimal(10))
    for _ in range(3):
        make_sale(shop, customer=seldom, date=date(2026, 6, 15), amount=Decimal(10))
    refresh(shop)
    with scope.working_for(shop.pk):
        scores = dict(ChurnScore.objects.values_list("customer_id", "frequency_score"))
        monetary = set(ChurnScore.objects.values_list("monetary_score", flat=True))
    assert scores[often.pk] > scores[seldom.pk]
    assert monetary == {3}


def test_today_is_not_over_and_not_in_the_history(shop: Business) -> None:
    product = make_product(shop)
    for ago in range(1, 70):
        make_sale(shop, product, date=DAY - timedelta(ago), quantity=2)
    make_sale(shop, product, date=DAY, quantity=500)
    refresh(shop)
    with scope.working_for(shop.pk):
        forecast = Forecast.objects.get()
    assert forecast.status == ForecastStatus.READY
    assert [point["date"] for point in forecast.forecast_data][:1] == [DAY.isoformat()]
    assert {point["quantity"] for point in forecast.forecast_data} == {2.0}
    assert forecast.accuracy["mae"] == forecast.accuracy["naive_mae"] == 0


def test_forecasts_of_other_days_are_kept_for_a_while(shop: Business) -> None:
    make_product(shop)
    for ago in (KEPT_DAYS + 1, KEPT_DAYS, 0):
        refresh(shop, DAY - timedelta(ago))
    with scope.working_for(shop.pk):
        for model in (Forecast, CashFlowForecast):
            days = set(model.objects.values_list("forecast_date", flat=True))
            assert days == {DAY - timedelta(KEPT_DAYS), DAY}


def test_the_top_customer_is_the_one_who_spent_most_lately(shop: Business) -> None:
    regular = make_customer(shop)
    make_sale(shop, customer=regular, date=DAY - timedelta(5), amount=Decimal(30))
    make_sale(shop, customer=make_customer(shop), date=DAY - timedelta(200), amount=Decimal(900))
    make_sale(shop, date=DAY - timedelta(5), amount=Decimal(70))
    refresh(shop)
    with scope.working_for(shop.pk):
        top = CashFlowForecast.objects.get().risk_analysis["top_customer"]
    assert top == {"id": regular.pk, "name": regular.name, "share": 0.3}


def test_a_real_shop_is_looked_at_as_of_today_and_a_demo_shop_as_of_its_last_sale(
    shop: Business, other_shop: Business
) -> None:
    for business in (shop, other_shop):
        make_sale(business, date=DAY)
    demo = make_shop("demo", is_demo=True)
    make_sale(demo, date=DAY)
    with scope.working_for(shop.pk):
        assert today(shop) == timezone.localdate()
    with scope.working_for(demo.pk):
        assert today(demo) == DAY + timedelta(1)


@pytest.mark.django_db(transaction=True)
def test_workers_that_do_the_same_at_the_same_time_do_it_once(transactional_db: None) -> None:
    shop = make_shop()
    traded(shop, sales=300)
    with scope.working_for(shop.pk):
        Product.objects.update(current_stock=0)

    def work(_: int) -> Insights | None:
        try:
            return refresh(shop)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        done = set(workers.map(work, range(8)))
    assert len(done) == 1
    found = everything(shop)
    assert len({row["subject"] for row in found["Recommendation"]}) == len(found["Recommendation"]) > 0
    assert {row["status"] for row in found["Recommendation"]} == {"open"}


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_refresh_to_sell(transactional_db: None) -> None:
    shop, sold = make_shop(), Event()

    def sell() -> None:
        make_sale(shop)
        sold.set()
        connection.close()

    with ThreadPoolExecutor(1) as till, transaction.atomic():
        refresh(shop)
        till.submit(sell)
        assert sold.wait(timeout=10)


# The command.


def command(*arguments: str) -> str:
    output = StringIO()
    call_command("refresh_insights", *arguments, stdout=output)
    return output.getvalue()


def test_the_command_works_here_and_now(shop: Business) -> None:
    make_sale(shop, customer=make_customer(shop), date=DAY)
    said = command("--business", str(shop.pk), "--now", "--as-of", DAY.isoformat())
    assert said == f"business {shop.pk}: 1 scores, 1 forecasts, 0 recommendations\n1 refreshed\n"


def test_the_command_sends_every_business_to_the_worker(
    shop: Business, other_shop: Business, redis_client: redis.Redis
) -> None:
    assert command("--all") == "2 sent to the worker\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--business", "123456789"], "no business 123456789"),
        (["--all", "--as-of", "2026-01-01"], "--now --as-of"),
        (["--business", "1", "--all"], "not allowed with"),
        ([], "required"),
    ],
)
def test_the_command_says_what_it_cannot_do(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        command(*arguments)


# Scheduling.


@pytest.fixture
def published() -> Iterator[list[dict[str, Any]]]:
    """The headers and arguments of every task that is sent while a test runs."""
    sent: list[dict[str, Any]] = []

    def note(sender: str, headers: dict[str, Any], body: tuple[Any, ...], **_: Any) -> None:
        sent.append({"task": sender, "arguments": body[1], "eta": headers["eta"]})

    after_task_publish.connect(note, weak=False)
    yield sent
    after_task_publish.disconnect(note)


def test_a_refresh_is_sent_after_the_commit_and_not_before(
    shop: Business,
    published: list[dict[str, Any]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        schedule_refresh(shop.pk)
        assert published == []
    assert published == [{"task": REFRESH, "arguments": {"business_id": shop.pk}, "eta": None}]


def test_many_sales_are_followed_by_one_refresh_that_sees_them_all(
    shop: Business,
    other_shop: Business,
    published: list[dict[str, Any]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    redis_client: redis.Redis,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            schedule_refresh_soon(shop.pk)
        schedule_refresh_soon(other_shop.pk)
    assert [each["arguments"]["business_id"] for each in published] == [shop.pk, other_shop.pk]
    starts = datetime.fromisoformat(published[0]["eta"])
    left = redis_client.pttl(cache.make_key(f"refresh-insights:{shop.pk}")) / 1000
    assert 0 < left <= DEBOUNCE_SECONDS
    assert starts >= timezone.now() + timedelta(seconds=left) - timedelta(seconds=0.05)
    assert DEBOUNCE_SECONDS <= settings.TASK_LONGEST_COUNTDOWN


@pytest.mark.django_db(transaction=True)
def test_without_redis_a_sale_stands_and_the_command_says_why_it_cannot_work(
    transactional_db: None, env: dict[str, str]
) -> None:
    shop = make_shop()
    nowhere = {**env, "REDIS_URL": redis_url(free_port())}
    sale = f"""
from django.core.management import call_command
from django.db import transaction
from apps.core.tenancy import scope
from apps.recommendations.schedule import schedule_refresh, schedule_refresh_soon
from tests.support.factories import make_sale
from apps.auth.models import Business
with transaction.atomic():
    make_sale(Business.objects.get(pk={shop.pk}))
    schedule_refresh({shop.pk})
    schedule_refresh_soon({shop.pk})
print("sold")
call_command("refresh_insights", business={shop.pk})
"""
    done = manage("shell", "-c", sale, env=nowhere)
    assert done.stdout.splitlines()[-1] == "sold", done.stderr
    assert "on_commit" in done.stderr
    assert done.stderr.endswith("Redis did not accept the task. Does /health say that it is up?\n")
    with scope.working_for(shop.pk):
        assert Transaction.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_works_it_out(transactional_db: None, worker: Popen[bytes]) -> None:
    shop = make_shop()
    make_sale(shop, customer=make_customer(shop))
    schedule_refresh(shop.pk)
    wait_until(lambda: bool(everything(shop)["ChurnScore"]), seconds=30)


def test_a_web_process_does_not_import_celery_to_start(env: dict[str, str]) -> None:
    looked = python(
        "-c",
        "import smartmarket.wsgi, sys; print({'celery', 'kombu', 'redis'} & sys.modules.keys())",
        env=env,
    )
    assert looked.stdout == "set()\n", looked.stderr


def test_a_demo_shop_is_caught_up_with_until_its_insights_are_there(shop: Business) -> None:
    demo = make_shop(is_demo=True)
    for each in (shop, demo):
        make_sale(each, customer=make_customer(each))
    make_shop(is_demo=True)
    assert demo_businesses_without_insights() == [demo.pk]
    insights_refresh(business_id=demo.pk)
    assert demo_businesses_without_insights() == []
