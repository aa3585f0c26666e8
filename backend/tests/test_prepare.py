"""The step before every start, on the test database and on databases that are not there."""

import threading
import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from apps.auth.models import Business, User
from apps.core.locks import advisory_lock
from apps.core.start import START_LOCK
from tests.support.addresses import through
from tests.support.processes import free_port, manage
from tests.support.proxy import Proxy


def run(command: str, *arguments: str, **options: Any) -> str:
    output = StringIO()
    call_command(command, *arguments, stdout=output, **options)
    return output.getvalue()


@pytest.fixture(autouse=True)
def development(settings: Settings) -> None:
    """Django's test runner turns DEBUG off; the demo data needs it."""
    settings.DEBUG = True


@pytest.mark.django_db(transaction=True)
def test_prepare_migrates_an_empty_database_and_seeds_it(settings: Settings) -> None:
    call_command("migrate", "accounts", "zero", verbosity=0)
    lines = run("prepare", "--seed-users", "2").splitlines()
    assert [line.split(":")[0] for line in lines] == ["database", "migrate", "seed"]
    assert "0 migrations" not in lines[1]
    assert all(line.endswith(" ms)") for line in lines)
    assert User.objects.count() == 2


@pytest.mark.django_db
def test_prepare_changes_nothing_the_second_time() -> None:
    run("prepare", "--seed-users", "1")
    before = list(User.objects.values())
    again = run("prepare", "--seed-users", "1")
    assert "0 migrations applied" in again
    assert "0 demo businesses" in again
    assert list(User.objects.values()) == before


@pytest.mark.django_db
def test_prepare_seeds_nothing_unless_asked() -> None:
    assert "seed" not in run("prepare")
    assert not Business.objects.exists()


@pytest.mark.django_db
def test_prepare_never_seeds_production(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="production"):
        run("prepare", "--seed-users", "1")


def test_prepare_waits_for_a_database_that_is_still_starting(
    env: dict[str, str], postgres_proxy: Proxy
) -> None:
    postgres_proxy.kill()
    late = threading.Timer(0.7, postgres_proxy.revive)
    late.start()
    address = through(env["DATABASE_URL"], postgres_proxy.port)
    outcome = manage("prepare", env={**env, "DATABASE_URL": address})
    late.join()
    assert outcome.returncode == 0, outcome.stderr


def test_prepare_gives_up_on_a_database_that_never_comes(env: dict[str, str]) -> None:
    address = f"postgres://user:word@127.0.0.1:{free_port()}/shop"
    outcome = manage("prepare", "--wait-db", "0.3", env={**env, "DATABASE_URL": address})
    assert outcome.returncode == 1
    assert "does not accept connections" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_prepare_does_not_wait_when_the_password_is_wrong(env: dict[str, str]) -> None:
    server = connection.settings_dict
    address = f"postgres://{server['USER']}:wrong@{server['HOST']}:{server['PORT']}/{server['NAME']}"
    started = time.monotonic()
    outcome = manage("prepare", env={**env, "DATABASE_URL": address})
    assert "password authentication failed" in outcome.stderr
    assert time.monotonic() - started < 10


@pytest.mark.django_db(transaction=True)
def test_two_starts_never_migrate_at_the_same_time(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str]
) -> None:
    with advisory_lock(START_LOCK, wait_seconds=0):
        outcome: list[int] = []
        other = threading.Thread(target=lambda: outcome.append(manage("prepare", env=env).returncode))
        other.start()
        other.join(1.5)
        assert other.is_alive()
    other.join()
    assert outcome == [0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", ["prepare", "seed_demo"])
def test_a_start_that_waits_too_long_for_another_says_so(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"apps.core.management.commands.{command}.START_LOCK_WAIT_SECONDS", 0.05)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [START_LOCK])
    try:
        with pytest.raises(CommandError, match="Another start"):
            run(command)
    finally:
        other.close()


@pytest.mark.django_db
def test_a_lock_is_free_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), advisory_lock(1, wait_seconds=0):
        raise ZeroDivisionError
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(1)")
        assert cursor.fetchone() == (True,)
    other.close()
