"""Is PostgreSQL answering: the real one, through a proxy that can freeze and die."""

from typing import Any

import psycopg2
import pytest

from apps.core.health import database
from apps.core.health.database import DatabaseCheck, connection_parameters
from apps.core.health.state import ServiceDown, State
from tests.support.proxy import Proxy


def through(proxy: Proxy, **changes: Any) -> DatabaseCheck:
    return DatabaseCheck(
        lambda: {**connection_parameters(), "host": "127.0.0.1", "port": proxy.port, **changes}
    )


@pytest.fixture
def check(postgres_proxy: Proxy) -> DatabaseCheck:
    return through(postgres_proxy)


def test_a_database_that_answers_is_ok_again_and_again(postgres_proxy: Proxy, check: DatabaseCheck) -> None:
    assert [check() for _ in range(3)] == [{"db": State.OK}] * 3


def test_every_check_connects_anew_because_an_old_connection_outlives_a_frozen_postmaster(
    postgres_proxy: Proxy, check: DatabaseCheck
) -> None:
    for _ in range(3):
        check()
    assert postgres_proxy.accepted == 3


def test_a_dead_database_is_down_and_well_once_it_is_back(
    postgres_proxy: Proxy, check: DatabaseCheck
) -> None:
    check()
    postgres_proxy.kill()
    with pytest.raises(ServiceDown):
        check()
    postgres_proxy.revive()
    assert check() == {"db": State.OK}


def test_a_database_that_restarted_between_two_checks_was_never_down(
    postgres_proxy: Proxy, check: DatabaseCheck
) -> None:
    check()
    postgres_proxy.kill()
    postgres_proxy.revive()
    assert check() == {"db": State.OK}


@pytest.mark.parametrize("connected", [True, False])
def test_a_database_that_stays_frozen_is_given_up_and_found_again(
    postgres_proxy: Proxy, check: DatabaseCheck, connected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.3)
    if connected:
        check()
    postgres_proxy.freeze()
    with pytest.raises(TimeoutError):
        check()
    postgres_proxy.thaw()
    assert check() == {"db": State.OK}


def test_a_wrong_password_is_down(postgres_proxy: Proxy) -> None:
    with pytest.raises(ServiceDown) as raised:
        through(postgres_proxy, user="nobody-here", password="wrong")()
    assert isinstance(raised.value.__cause__, psycopg2.OperationalError)
