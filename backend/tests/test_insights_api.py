"""Insights through the API: typed, filtered, of one shop, and in as many queries for many rows as for few."""

from datetime import date, timedelta
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.auth.models import Business, User
from apps.core.api.schema import Generator
from apps.core.tenancy import scope
from apps.core.tenancy.models import TenantModel
from apps.customers.models import ChurnScore
from apps.forecasting.models import CashFlowForecast, Forecast
from apps.recommendations.insights import insights_refresh
from apps.recommendations.models import Recommendation
from apps.transactions.models import Product
from tests.support import trade

pytestmark = pytest.mark.django_db

DAY = date(2026, 6, 30)
LISTS = ["churn-scores", "forecasts", "cash-flow-forecasts", "recommendations", "audit-log", "failed-jobs"]


@pytest.fixture
def traded(shop: Business) -> Business:
    """A shop that sold for half a year, with insights as of DAY and of the day before; two goods run out."""
    first = DAY - timedelta(180)
    sold = trade.trade(first_day=first, days=180, products=12, customers=15, sales=900, seed=1)
    trade.store(shop, sold, products=12, customers=15)
    with scope.working_for(shop.pk):
        Product.objects.filter(sku__in=["T-0", "T-1"]).update(current_stock=1)
    for day in (DAY - timedelta(1), DAY):
        insights_refresh(business_id=shop.pk, as_of=day)
    return shop


def listed(api: APIClient, address: str) -> list[dict[str, Any]]:
    answer = api.get(f"/api/{address}")
    assert answer.status_code == 200, answer.json()
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    generator: Any = Generator
    described: dict[str, Any] = generator().get_schema(request=None, public=True)
    return described


def strict(part: Any) -> Any:
    """Return a part of the OpenAPI schema as JSON Schema that allows no property it does not name."""
    if isinstance(part, list):
        return [strict(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {name: strict(value) for name, value in part.items()}
    if found.pop("nullable", False):
        return {"anyOf": [{"type": "null"}, found]}
    if "properties" in found:
        found.setdefault("additionalProperties", False)
    return found


@pytest.mark.parametrize(
    ("address", "component"),
    [
        ("churn-scores", "ChurnScore"),
        ("forecasts", "Forecast"),
        ("cash-flow-forecasts", "CashFlowForecast"),
        ("recommendations", "Recommendation"),
        ("audit-log", "AuditLog"),
    ],
)
def test_rows_are_of_the_type_that_the_schema_names(
    address: str, component: str, schema: dict[str, Any], traded: Business, shop_api: APIClient
) -> None:
    with scope.working_for(traded.pk):
        pk = Recommendation.objects.values_list("pk", flat=True)[:1].get()
    shop_api.post(f"/api/recommendations/{pk}/engagement/", {"action": "seen"})
    root = {"$ref": f"#/components/schemas/{component}", "components": strict(schema["components"])}
    checker = jsonschema.Draft202012Validator(
        root, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    rows = listed(shop_api, f"{address}/")
    assert rows
    for row in rows:
        checker.validate(row)
        assert shop_api.get(f"/api/{address}/{row['id']}/").json() == row


@pytest.mark.parametrize(("address", "queries"), [(address, 1) for address in LISTS])
def test_a_list_is_one_query(
    address: str,
    queries: int,
    traded: Business,
    shop_api: APIClient,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(queries):
        listed(shop_api, f"{address}/")


@pytest.mark.parametrize("address", LISTS)
def test_another_shop_sees_none_of_it(address: str, traded: Business, other_shop: Business) -> None:
    theirs = APIClient()
    theirs.force_authenticate(other_shop.user)
    assert listed(theirs, f"{address}/") == []
    own = APIClient()
    own.force_authenticate(traded.user)
    for row in listed(own, f"{address}/")[:1]:
        assert theirs.get(f"/api/{address}/{row['id']}/").status_code == 404


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_them(address: str, method: str, shop_api: APIClient) -> None:
    for path in (f"/api/{address}/", f"/api/{address}/1/"):
        assert getattr(shop_api, method)(path, {}).status_code == 405


@pytest.mark.parametrize(
    "query",
    [
        "churn-scores/?segment=rich",
        "churn-scores/?risk_level=none",
        "churn-scores/?ordering=id",
        "churn-scores/?customer=x",
        "forecasts/?product=-1",
        "forecasts/?forecast_date=03/04/2026",
        "forecasts/?status=maybe",
        "recommendations/?status=new",
        "recommendations/?type=call",
        "recommendations/?nosuch=1",
        "failed-jobs/?status=lost",
        "audit-log/?user=99999999999999999999",
    ],
)
def test_a_filter_that_means_nothing_is_refused(query: str, shop_api: APIClient) -> None:
    answer = shop_api.get(f"/api/{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["fields"]) == [query.split("?")[1].split("=")[0]]


def test_the_greatest_risk_comes_first(traded: Business, shop_api: APIClient) -> None:
    risks = [float(row["churn_risk_score"]) for row in listed(shop_api, "churn-scores/")]
    assert risks == sorted(risks, reverse=True)
    upwards = [
        float(row["churn_risk_score"]) for row in listed(shop_api, "churn-scores/?ordering=churn_risk_score")
    ]
    assert upwards == risks[::-1]


def test_scores_are_filtered(traded: Business, shop_api: APIClient) -> None:
    rows = listed(shop_api, "churn-scores/")
    row = rows[0]
    for query, field in (("segment", "rfm_segment"), ("risk_level", "churn_risk_level"), ("customer",) * 2):
        found = listed(shop_api, f"churn-scores/?{query}={row[field]}")
        assert found == [each for each in rows if each[field] == row[field]]


def test_forecasts_are_the_latest_unless_a_day_is_named(traded: Business, shop_api: APIClient) -> None:
    latest = listed(shop_api, "forecasts/")
    assert {row["forecast_date"] for row in latest} == {DAY.isoformat()}
    assert len({row["product"] for row in latest}) == len(latest) == 12
    product = latest[0]["product"]
    assert listed(shop_api, f"forecasts/?product={product}") == [latest[0]]
    before = (DAY - timedelta(1)).isoformat()
    older = listed(shop_api, f"forecasts/?forecast_date={before}&product={product}")
    assert [row["forecast_date"] for row in older] == [before]
    assert shop_api.get(f"/api/forecasts/{older[0]['id']}/").json() == older[0]


def test_the_last_cash_flow_comes_first(traded: Business, shop_api: APIClient) -> None:
    days = [row["forecast_date"] for row in listed(shop_api, "cash-flow-forecasts/")]
    assert days == [DAY.isoformat(), (DAY - timedelta(1)).isoformat()]
    [row] = listed(shop_api, f"cash-flow-forecasts/?forecast_date={days[1]}")
    assert len(row["forecast_data"]) == row["projection_days"] == 30


def test_the_most_pressing_advice_comes_first(traded: Business, shop_api: APIClient) -> None:
    advice = listed(shop_api, "recommendations/?status=open")
    assert {row["type"] for row in advice} >= {"restock"}
    priorities = [float(row["priority_score"]) for row in advice]
    assert priorities == sorted(priorities, reverse=True)
    assert listed(shop_api, "recommendations/?status=expired&type=win_back") == []


def test_pages_of_scores_follow_each_other(traded: Business, shop_api: APIClient) -> None:
    seen, address = [], "/api/churn-scores/?page_size=4"
    while address:
        page = shop_api.get(address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == [row["id"] for row in listed(shop_api, "churn-scores/")]


@pytest.mark.parametrize("model", [ChurnScore, Forecast, CashFlowForecast, Recommendation])
def test_staff_look_at_every_record(
    model: type[TenantModel],
    traded: Business,
    client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client.force_login(User.objects.create_superuser("admin@example.com"))
    with scope.working_for(traded.pk):
        row = model.objects.latest("pk")
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}"
    with django_assert_max_num_queries(6):
        assert client.get(f"{address}/").status_code == 200
    page = client.get(f"{address}/{row.pk}/change/")
    assert page.status_code == 200
    assert traded.name in page.content.decode()
