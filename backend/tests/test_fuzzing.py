"""Whatever schemathesis makes up from the API's description, the answer is as described."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi import checks

from apps.auth import sessions
from apps.auth.hashers import PBKDF2PasswordHasher
from apps.auth.models import Business
from apps.core.tenancy.models import TenantModel
from smartmarket.wsgi import application
from tests.support.bodies import referred
from tests.support.routes import document, operations
from tests.support.rows import TENANT_MODELS, make_row

pytest_plugins = ["schemathesis.pytest.plugin"]
pytestmark = pytest.mark.django_db

SEED = 20260115
EXAMPLES = 8
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
                generation=GenerationConfig(
                    max_examples=EXAMPLES,
                    deterministic=True,
                    database="none",
                    no_shrink=True,
                    with_security_parameters=False,
                )
            )
        ),
    ),
)
api.app = application

Rows = dict[type[TenantModel], Any]

MODELS = {operation.path: operation.model for operation in operations()}


@pytest.fixture(autouse=True)
def connection_stays() -> Iterator[None]:
    """Django's own test client does this too: what a request finds is in the transaction of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def call(shop: Business, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A way to send a case as the owner of a shop that has one row of everything."""
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 1)
    assert shop.user
    rows = {model: make_row(model, shop) for model in TENANT_MODELS}
    bearer = {"Authorization": f"Bearer {sessions.begin(shop.user).access}", "Host": "localhost"}

    def send(case: Case[Any]) -> None:
        model = MODELS[case.operation.path]
        if case.meta and case.meta.generation.mode.is_positive:
            _name_rows(case, model, rows)
        with transaction.atomic():
            answer = case.call(headers=bearer)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    return send


def _name_rows(case: Case[Any], model: type[TenantModel] | None, rows: Rows) -> None:
    """Put ids that there are in the place of those that were made up, or nearly all would be refused for them."""
    if model and case.path_parameters:
        case.path_parameters = {name: rows[model].pk for name in case.path_parameters}
    if isinstance(case.body, dict):
        found = {name: rows[model].pk for name in case.body if (model := referred(name))}
        case.body = {**case.body, **found}


@api.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_every_answer_is_as_described(case: Case[Any], call: Any) -> None:
    call(case)
