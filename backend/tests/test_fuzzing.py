"""Whatever schemathesis makes up from the API's description, the answer is as described."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker
from schemathesis import Case
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.specs.openapi import checks

from apps.auth import sessions
from apps.auth.hashers import PBKDF2PasswordHasher
from apps.auth.models import Business, User
from apps.core.tenancy import scope
from apps.core.tenancy.models import TenantModel
from apps.forecasting.models import CashFlowForecast, Forecast
from apps.recommendations.insights import insights_refresh
from apps.recommendations.models import Recommendation
from apps.transactions.models import Product
from smartmarket.wsgi import application
from tests.support.bodies import referred
from tests.support.factories import make_customer, make_product, make_sale, make_shop
from tests.support.routes import document, operations
from tests.support.rows import TENANT_MODELS, make_row

pytest_plugins = ["schemathesis.pytest.plugin"]

TODAY = date(2026, 1, 15)
SEED = 20260115
EXAMPLES = 5
"""Made up for each operation, besides those of the document and those at the edges of what it describes."""

CHECKS: list[Any] = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]

api = schemathesis.openapi.from_dict(
    document(),
    config=SchemathesisConfig(
        seed=SEED,
        projects=ProjectsConfig(
            default=ProjectConfig(
                phases=PhasesConfig(coverage=CoveragePhaseConfig(unexpected_methods=set())),
                generation=GenerationConfig(
                    max_examples=EXAMPLES,
                    deterministic=True,
                    database="none",
                    no_shrink=True,
                    with_security_parameters=False,
                ),
            )
        ),
    ),
)
api.app = application

Rows = dict[type[TenantModel], Any]

MODELS = {operation.path: operation.model for operation in operations()}


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Rows]:
    """One row of everything that a shop has after a quarter of a year; what can be worked out is.

    Made once and taken back at the end: each test works in a savepoint of its own.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield _rows(make_shop())
        transaction.set_rollback(True)


def _rows(shop: Business) -> Rows:
    rice, regular, lost = make_product(shop, current_stock=1, reorder_point=9), *(
        make_customer(shop) for _ in "ab"
    )
    for days in range(1, 90):
        buyer = regular if days < 45 else lost
        make_sale(
            shop, rice, customer=buyer, date=TODAY - timedelta(days), quantity=3, amount=Decimal("30.00")
        )
    insights_refresh(business_id=shop.pk, as_of=TODAY)
    with scope.working_for(shop.pk):
        worked_out = {model: model.objects.first() for model in TENANT_MODELS}
    return {model: row or make_row(model, shop) for model, row in worked_out.items()}


@pytest.fixture
def call(rows: Rows, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A way to send a case as the owner of the shop."""
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 1)
    owner = User.objects.get(business=rows[Product].business_id)
    bearer = {"Authorization": f"Bearer {sessions.begin(owner).access}", "Host": "localhost"}

    def send(case: Case[Any]) -> None:
        if case.meta and case.meta.generation.mode.is_positive:
            _name_rows(case, rows)
        with transaction.atomic():
            answer = case.call(headers=bearer)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    # Django's own test client does this too: the connection has to last, for the transaction that it is in.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield send
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _name_rows(case: Case[Any], rows: Rows) -> None:
    """Put ids that there are in the place of those that were made up, which would hide all other reasons."""
    model = MODELS[case.operation.path]
    if model and case.path_parameters:
        case.path_parameters = {name: rows[model].pk for name in case.path_parameters}
    if isinstance(case.body, dict):
        found = {name: rows[model].pk for name in case.body if (model := referred(name))}
        case.body = {**case.body, **found}


def test_what_can_be_worked_out_is(rows: Rows) -> None:
    """Or the test below would hold empty documents against their descriptions."""
    assert rows[CashFlowForecast].risk_analysis
    assert rows[Forecast].forecast_data
    assert rows[Recommendation].action_data


@api.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_every_answer_is_as_described(case: Case[Any], call: Any) -> None:
    call(case)
