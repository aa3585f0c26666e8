"""`manage.py check --database default` notices a fence that is down."""

from io import StringIO

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from apps.core.tenancy.row_security import switch

pytestmark = pytest.mark.django_db


def messages() -> list[tuple[str | None, str]]:
    """Return number and text of what the checks of the database say of tenancy."""
    found = run_checks(databases=["default"])
    return [(message.id, message.msg) for message in found if str(message.id).startswith("tenancy.")]


@pytest.mark.parametrize("on", [True, False])
def test_all_is_well(on: bool, settings: Settings) -> None:
    settings.TENANT_RLS = on
    switch(on=on)
    assert messages() == []
    told = StringIO()
    call_command("check", databases=["default"], stdout=told)
    assert "no issues" in told.getvalue()


@pytest.mark.parametrize("right", ["rolsuper", "rolbypassrls"])
def test_a_role_that_is_exempt_is_noticed(right: str, settings: Settings) -> None:
    """Only a superuser can make such a role, so the catalogue is one in which this role is one."""
    others = {"rolsuper", "rolbypassrls"} - {right}
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY VIEW pg_roles AS SELECT current_user AS rolname, true AS {right},"
            f" false AS {others.pop()}"
        )
    ((number, text),) = messages()
    assert number == "tenancy.W001"
    assert "exempt" in text
    settings.TENANT_RLS = False
    switch(on=False)
    assert messages() == []


@pytest.mark.parametrize("on", [True, False])
def test_a_table_that_is_out_of_step_is_noticed(on: bool, settings: Settings) -> None:
    settings.TENANT_RLS = on
    switch(on=on)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE transactions_product NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
        )
        if not on:
            cursor.execute("ALTER TABLE transactions_product ENABLE ROW LEVEL SECURITY")
    ((number, text),) = messages()
    assert number == "tenancy.W002"
    assert "transactions_product" in text


def test_without_a_database_nothing_is_asked() -> None:
    assert not [message for message in run_checks() if str(message.id).startswith("tenancy.")]
