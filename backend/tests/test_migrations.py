import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from apps.core import migrating


def tables() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


@pytest.mark.django_db
def test_the_models_have_all_their_migrations() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_every_migration_can_be_undone_and_applied_again() -> None:
    before = tables()
    try:
        for app in ("admin", "accounts"):
            call_command("migrate", app, "zero", verbosity=0)
        assert not {name for name in tables() if name.startswith("accounts_")}
    finally:
        call_command("migrate", verbosity=0)
    assert tables() == before


def limits() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        return list(cursor.fetchone() or ())


@pytest.mark.django_db
def test_a_migration_may_take_long_but_may_not_wait_long_for_a_lock() -> None:
    assert limits() == ["15s", "0"]
    with migrating.session(using="default"):
        assert limits() == ["0", "3s"]
    assert limits() == ["15s", "0"]


@pytest.mark.django_db(transaction=True)
def test_the_limits_of_requests_are_back_after_migrating() -> None:
    call_command("migrate", verbosity=0)
    assert limits() == ["15s", "0"]


def test_every_label_is_taken_once() -> None:
    labels = [config.label for config in apps.get_app_configs()]
    assert len(labels) == len(set(labels))
    assert apps.get_app_config("accounts").name == "apps.auth"


def test_the_eight_apps_are_registered() -> None:
    names = {config.name for config in apps.get_app_configs()}
    expected = "auth transactions forecasting customers recommendations adminops core notifications"
    assert {f"apps.{name}" for name in expected.split()} <= names
