"""The models: their fields, defaults, validation, relations, and how they are written out."""

import re
from datetime import date
from decimal import Decimal
from typing import Any, assert_type

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

from apps.adminops.models import AuditLog, FailedJob, JobStatus
from apps.auth.models import Business, BusinessType, User
from apps.core.tenancy import scope
from apps.core.tenancy.models import TenantModel, TenantQuerySet
from apps.customers.models import ChurnScore
from apps.forecasting.models import CashFlowForecast, Forecast
from apps.recommendations.models import AdviceStatus, Recommendation
from apps.transactions.models import Customer, PaymentMethod, Product, Transaction
from tests.support.factories import make_customer, make_product, make_sale
from tests.support.rows import MAKE, MODELS, TENANT_MODELS, make_row

pytestmark = pytest.mark.django_db

EVERY_MODEL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)

COLUMNS: dict[type[models.Model], str] = {
    User: "email password_hash first_name business_id",
    Business: "name type user_id is_demo",
    Transaction: "business_id date product_id customer_id quantity amount payment_method",
    Product: "business_id name sku unit_price current_stock reorder_point",
    Customer: "business_id name phone email",
    ChurnScore: "business_id customer_id recency_score frequency_score monetary_score rfm_segment"
    " churn_risk_score churn_risk_level",
    Forecast: "business_id product_id forecast_date forecast_horizon_days forecast_data accuracy status",
    CashFlowForecast: "business_id forecast_date projection_days forecast_data risk_analysis",
    Recommendation: "business_id title description type urgency priority_score action_data engagement status",
    AuditLog: "business_id user_id action resource_type resource_id details ip_address",
    FailedJob: "business_id celery_task_id task_name error_message attempt_count status",
}
"""What was agreed; every table has id, created_at and updated_at besides."""


def test_the_models_are_the_eleven_that_were_agreed() -> None:
    assert set(MODELS) == COLUMNS.keys() == MAKE.keys()
    assert set(TENANT_MODELS) == COLUMNS.keys() - {User, Business}


@EVERY_MODEL
def test_a_table_has_the_columns_that_were_agreed(model: type[models.Model]) -> None:
    agreed = {"id", "created_at", "updated_at", *COLUMNS[model].split()}
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, model._meta.db_table)
    assert agreed <= {column.name for column in described}
    assert model._meta.pk and model._meta.pk.name == "id"


@EVERY_MODEL
def test_a_row_is_made_and_read_again(model: type[models.Model], shop: Business) -> None:
    row = make_row(model, shop)
    with scope.working_for(shop.pk):
        row.full_clean()
        stored = model._base_manager.get(pk=row.pk)
    assert stored == row
    for field in model._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(row, field.attname), field.name


@EVERY_MODEL
def test_a_row_knows_when_it_was_made_and_when_it_last_changed(
    model: type[models.Model], shop: Business
) -> None:
    row = make_row(model, shop)
    made, changed = row.created_at, row.updated_at
    assert made <= changed
    with scope.working_for(shop.pk):
        row.save()
    assert row.created_at == made
    assert row.updated_at > changed


def test_a_change_is_dated_however_it_is_written(in_shop: Business) -> None:
    product = make_product(in_shop)
    dates = [product.updated_at]
    product.name = "ডাল"
    product.save(update_fields=["name"])
    dates.append(Product.objects.get().updated_at)
    Product.objects.update(name="লবণ")
    dates.append(Product.objects.get().updated_at)
    product.name = "তেল"
    Product.objects.bulk_update([product], ["name"])
    dates.append(Product.objects.get().updated_at)
    assert dates == sorted(set(dates))


def test_a_date_that_is_given_is_kept(in_shop: Business) -> None:
    product = make_product(in_shop)
    Product.objects.update(updated_at=product.created_at)
    assert Product.objects.get().updated_at == product.created_at


def test_saving_no_field_changes_nothing(in_shop: Business) -> None:
    product = make_product(in_shop)
    product.save(update_fields=[])
    assert Product.objects.get().updated_at == product.updated_at


@EVERY_MODEL
def test_no_model_orders_its_rows_by_itself(model: type[models.Model]) -> None:
    """Whoever reads says in which order; a default would be sorted by in every subquery and update too."""
    assert not model._meta.ordering


WRITTEN: dict[type[models.Model], str] = {
    User: r"owner\d+@example\.com",
    Business: "রহিম স্টোর",
    Transaction: r"2026-01-15 1 x \d+",
    Product: r"চাল \d+",
    Customer: r"করিম \d+",
    ChurnScore: r"\d+: at_risk, 0\.8",
    Forecast: r"\d+ on 2026-01-15",
    CashFlowForecast: "2026-01-15, 30 days",
    Recommendation: "চাল কিনুন",
    AuditLog: r"product\.updated 7",
    FailedJob: r"core\.ping: failed",
}


@EVERY_MODEL
def test_a_row_is_written_out_in_words_without_a_query(
    model: type[models.Model], shop: Business, django_assert_num_queries: Any
) -> None:
    row = make_row(model, shop)
    with django_assert_num_queries(0):
        assert re.fullmatch(WRITTEN[model], str(row)), str(row)


DEFAULTS: dict[type[models.Model], dict[str, Any]] = {
    User: {"is_superuser": False, "is_staff": False, "is_active": True},
    Business: {"type": BusinessType.OTHER, "is_demo": False},
    Transaction: {"payment_method": PaymentMethod.CASH},
    Product: {"current_stock": 0, "reorder_point": 0},
    Customer: {},
    ChurnScore: {},
    Forecast: {"forecast_data": [], "accuracy": {}},
    CashFlowForecast: {"forecast_data": [], "risk_analysis": {}},
    Recommendation: {"action_data": {}, "engagement": {}, "status": AdviceStatus.OPEN},
    AuditLog: {"details": {}},
    FailedJob: {"arguments": {}, "attempt_count": 1, "status": JobStatus.FAILED},
}


@EVERY_MODEL
def test_the_defaults_are_these(model: type[models.Model]) -> None:
    fields = [field for field in model._meta.concrete_fields if field.default is not NOT_PROVIDED]
    assert {field.name: field.get_default() for field in fields} == DEFAULTS[model]


def test_rows_do_not_share_a_default(in_shop: Business) -> None:
    one, other = Forecast(), Forecast()
    one.forecast_data.append({"date": "2026-01-16"})
    assert other.forecast_data == []


INVALID: list[tuple[type[models.Model], str, Any]] = [
    (User, "email", "not an address"),
    (User, "email", ""),
    (Business, "type", "casino"),
    (Business, "name", ""),
    (Product, "name", ""),
    (Product, "name", "x" * 201),
    (Product, "sku", ""),
    (Product, "sku", "with space"),
    (Product, "sku", "-minus-first"),
    (Product, "sku", "line\n"),
    (Product, "unit_price", Decimal("-0.01")),
    (Product, "unit_price", Decimal("0.001")),
    (Product, "unit_price", Decimal("NaN")),
    (Product, "unit_price", Decimal("1e10")),
    (Product, "current_stock", -1),
    (Product, "current_stock", 2**31),
    (Customer, "name", ""),
    (Customer, "phone", "call me"),
    (Customer, "phone", "123"),
    (Customer, "email", "nobody"),
    (Transaction, "quantity", -1),
    (Transaction, "amount", Decimal("-1")),
    (Transaction, "amount", Decimal("Infinity")),
    (Transaction, "payment_method", "barter"),
    (Transaction, "date", "yesterday"),
    (ChurnScore, "rfm_segment", "whale"),
    (ChurnScore, "churn_risk_level", "none"),
    (ChurnScore, "churn_risk_score", Decimal("0.00001")),
    (Forecast, "forecast_horizon_days", -1),
    (Forecast, "status", "done"),
    (CashFlowForecast, "forecast_date", None),
    (Recommendation, "title", "x" * 201),
    (Recommendation, "type", "gossip"),
    (Recommendation, "urgency", "now"),
    (Recommendation, "status", "lost"),
    (AuditLog, "ip_address", "300.1.1.1"),
    (AuditLog, "action", ""),
    (FailedJob, "status", "unknown"),
]


@pytest.mark.parametrize(("model", "field", "value"), INVALID)
def test_a_value_that_makes_no_sense_is_told_by_its_field(
    model: type[models.Model], field: str, value: Any, shop: Business
) -> None:
    row = make_row(model, shop)
    setattr(row, field, value)
    with scope.working_for(shop.pk), pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert field in refused.value.message_dict


RULES: list[tuple[type[models.Model], dict[str, Any], str]] = [
    (Product, {"unit_price": Decimal("-1")}, "Unit price has to be between"),
    (Transaction, {"quantity": 0}, "more than zero"),
    (Transaction, {"date": date(1999, 12, 31)}, "Date has to be between"),
    (ChurnScore, {"recency_score": 6}, "Recency score has to be between 1 and 5"),
    (ChurnScore, {"churn_risk_score": Decimal("1.1")}, "between 0 and 1"),
    (Forecast, {"forecast_horizon_days": 366}, "between 1 and 365"),
    (FailedJob, {"attempt_count": 0}, "at least one attempt"),
    (Business, {"type": "casino"}, "There is no such type"),
]


@pytest.mark.parametrize(("model", "values", "message"), RULES)
def test_a_rule_of_the_database_is_told_before_it_is_broken(
    model: type[models.Model], values: dict[str, Any], message: str, shop: Business
) -> None:
    row = make_row(model, shop)
    for name, value in values.items():
        setattr(row, name, value)
    with scope.working_for(shop.pk), pytest.raises(ValidationError, match=message):
        row.validate_constraints()


ON_DELETE: dict[tuple[type[models.Model], str], Any] = {
    **{(model, "business"): models.CASCADE for model in TENANT_MODELS},
    (User, "business"): models.RESTRICT,
    (Business, "user"): models.RESTRICT,
    (Transaction, "product"): models.RESTRICT,
    (Transaction, "customer"): models.SET_NULL,
    (ChurnScore, "customer"): models.CASCADE,
    (Forecast, "product"): models.CASCADE,
    (AuditLog, "user"): models.SET_NULL,
}


def test_what_becomes_of_a_row_when_the_one_it_refers_to_goes_is_decided() -> None:
    relations = [
        (model, field)
        for model in MODELS
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
    ]
    decided = {(model, field.name): field.remote_field.on_delete for model, field in relations}
    assert decided == ON_DELETE


def test_a_product_that_was_sold_stays(in_shop: Business) -> None:
    sale = make_sale(in_shop)
    with pytest.raises(models.RestrictedError):
        sale.product.delete()


def test_a_product_that_was_never_sold_takes_its_forecasts_along(in_shop: Business) -> None:
    forecast = make_row(Forecast, in_shop)
    forecast.product.delete()
    assert not Forecast.objects.exists()


def test_a_customer_leaves_the_sales_behind_and_takes_the_score_along(in_shop: Business) -> None:
    score = make_row(ChurnScore, in_shop)
    sale = make_sale(in_shop, customer=score.customer)
    score.customer.delete()
    sale.refresh_from_db()
    assert sale.customer is None
    assert not ChurnScore.objects.exists()


def test_relations_are_followed_from_row_to_row(in_shop: Business, django_assert_num_queries: Any) -> None:
    made = make_sale(in_shop, customer=make_customer(in_shop, name="করিম"))
    with django_assert_num_queries(1):
        sale = Transaction.objects.select_related("product", "customer", "business").get()
        assert sale.customer and sale.customer.name == "করিম"
        assert (sale.product, sale.business) == (made.product, in_shop)


def test_no_tenant_row_is_reached_backwards_or_by_a_table_in_between() -> None:
    """A reverse accessor would be a way to other rows that starts from no scope."""
    for model in MODELS:
        reverse = [relation.get_accessor_name() for relation in model._meta.related_objects]
        assert set(filter(None, reverse)) <= {
            "owned_businesses",
            "members",
            "logentry_set",
            "outstandingtoken_set",
        }
    assert [field for model in TENANT_MODELS for field in model._meta.many_to_many] == []


def test_the_managers_are_typed(in_shop: Business) -> None:
    """mypy reads `assert_type`; what it says is true at run time as well."""
    made = make_product(in_shop)
    assert assert_type(Product.objects.get(), Product) == made
    assert assert_type(Product.objects.filter(name=made.name).first(), Product | None) == made
    assert list(assert_type(Product.objects.all(), models.QuerySet[Product, Product])) == [made]
    assert assert_type(User.objects.get(), User).business == in_shop
    assert isinstance(Product.objects.all(), TenantQuerySet)
    assert issubclass(assert_type(make_sale(in_shop), Transaction).__class__, TenantModel)
