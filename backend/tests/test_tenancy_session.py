"""What the database session knows of the scope, whatever becomes of transactions, cursors and connections."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.db import Error, IntegrityError, OperationalError, connection, transaction

from apps.auth.models import Business
from apps.core.tenancy import scope
from apps.transactions.models import Product
from smartmarket.database import session
from tests.support.factories import make_product

pytestmark = pytest.mark.django_db

SETTING = "current_setting('app.business_id')"
NAMES = "SELECT name FROM transactions_product ORDER BY name"
COPY = "COPY (SELECT name FROM transactions_product ORDER BY name) TO STDOUT"


@pytest.fixture(autouse=True)
def two_shelves(shop: Business, other_shop: Business) -> None:
    make_product(shop, name="ours")
    make_product(other_shop, name="theirs")


def seen() -> list[str]:
    """Return what SQL that knows nothing of businesses sees."""
    with connection.cursor() as cursor:
        cursor.execute(NAMES)
        return [name for (name,) in cursor.fetchall()]


def copied(cursor: Any) -> list[str]:
    rows = StringIO()
    cursor.copy_expert(COPY, rows)
    return rows.getvalue().split()


def test_scopes_nest_and_each_ends_where_it_began(shop: Business, other_shop: Business) -> None:
    with scope.working_for(shop.pk):
        with scope.working_for(other_shop.pk):
            with scope.every_business():
                assert seen() == ["ours", "theirs"]
            assert seen() == ["theirs"]
        assert seen() == ["ours"]
        with scope.nobody():
            assert seen() == []
    assert seen() == []


def test_a_cursor_that_is_kept_works_for_the_scope_of_each_statement(
    shop: Business, other_shop: Business
) -> None:
    with connection.cursor() as cursor:
        for business, expected in ((shop, "ours"), (other_shop, "theirs")):
            with scope.working_for(business.pk):
                cursor.execute(NAMES)
                assert cursor.fetchall() == [(expected,)]
                assert copied(cursor) == [expected]
        cursor.execute(NAMES)
        assert cursor.fetchall() == []
        assert copied(cursor) == []


def by_execute(cursor: Any) -> str:
    cursor.execute(f"SELECT {SETTING}")
    return str(cursor.fetchone()[0])


def by_executemany(cursor: Any) -> str:
    cursor.executemany("INSERT INTO noted (name) VALUES (%s)", [("x",)])
    return noted(cursor)


def by_callproc(cursor: Any) -> str:
    cursor.callproc("current_setting", ["app.business_id"])
    return str(cursor.fetchone()[0])


def by_copy_expert(cursor: Any) -> str:
    out = StringIO()
    cursor.copy_expert(f"COPY (SELECT {SETTING}) TO STDOUT", out)
    return out.getvalue().strip()


def by_copy_to(cursor: Any) -> str:
    out = StringIO()
    cursor.copy_to(out, "transactions_product", columns=["business_id"])
    return out.getvalue().strip()


def by_copy_from(cursor: Any) -> str:
    cursor.copy_from(StringIO("x\n"), "noted", columns=["name"])
    return noted(cursor)


def noted(cursor: Any) -> str:
    """Return for whom the session worked when the row was written."""
    cursor.execute("SELECT business FROM noted")
    return str(cursor.fetchone()[0])


@pytest.mark.parametrize(
    "send", [by_execute, by_executemany, by_callproc, by_copy_expert, by_copy_to, by_copy_from]
)
def test_every_way_to_send_a_statement_tells_the_session_first(
    send: Callable[[Any], str], shop: Business, other_shop: Business
) -> None:
    with scope.working_for(shop.pk), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE noted (name text, business text DEFAULT {SETTING})")
        with scope.working_for(other_shop.pk):
            assert send(cursor) == str(other_shop.pk)


def test_a_connection_below_django_tells_the_session_too(shop: Business) -> None:
    connection.ensure_connection()
    with scope.working_for(shop.pk), connection.connection.cursor() as cursor:
        cursor.execute(NAMES)
        assert cursor.fetchall() == [("ours",)]


@pytest.mark.parametrize("failing", [True, False])
def test_a_savepoint_that_is_rolled_back_takes_no_scope_with_it(
    failing: bool, shop: Business, other_shop: Business
) -> None:
    with scope.working_for(shop.pk):
        assert seen() == ["ours"]
        with scope.working_for(other_shop.pk):
            with pytest.raises((Error, ZeroDivisionError)), transaction.atomic():
                assert seen() == ["theirs"]
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1/0" if failing else "SELECT 1")
                raise ZeroDivisionError
            assert seen() == ["theirs"]
        assert seen() == ["ours"]


def test_a_rollback_in_plain_sql_takes_no_scope_with_it(shop: Business, other_shop: Business) -> None:
    with scope.working_for(shop.pk):
        assert seen() == ["ours"]
    with scope.working_for(other_shop.pk), connection.cursor() as cursor:
        cursor.execute("SAVEPOINT here")
        assert seen() == ["theirs"]
        cursor.execute("rollback to savepoint here")
        assert seen() == ["theirs"]


def test_an_interrupted_change_of_scope_is_made_again(
    monkeypatch: pytest.MonkeyPatch, shop: Business, other_shop: Business
) -> None:
    """A time limit of Celery is a signal, whose exception may come between any two lines."""

    def out_of_time(*_: Any) -> None:
        raise TimeoutError

    with scope.working_for(shop.pk):
        assert seen() == ["ours"]
    monkeypatch.setattr(session, "TELL", f"{session.TELL}, pg_sleep(0.2)")
    before = signal.signal(signal.SIGALRM, out_of_time)
    try:
        with scope.working_for(other_shop.pk), pytest.raises(TimeoutError):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            seen()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with scope.working_for(shop.pk):
        assert seen() == ["ours"]


@pytest.mark.parametrize("chunk_size", [1, 100])
def test_an_iterator_goes_on_with_the_rows_it_began_with(
    chunk_size: int, shop: Business, other_shop: Business
) -> None:
    for number in range(5):
        make_product(shop, name=f"ours {number}")
    with scope.working_for(shop.pk):
        rows = Product.objects.order_by("name").iterator(chunk_size=chunk_size)
        names = [next(rows).name]
    with scope.working_for(other_shop.pk):
        assert seen() == ["theirs"]
        names += [row.name for row in rows]
    assert names == ["ours", *(f"ours {number}" for number in range(5))]


def test_a_generator_reads_in_the_scope_of_whoever_asks_it(shop: Business, other_shop: Business) -> None:
    def names() -> Iterator[list[str]]:
        while True:
            yield [product.name for product in Product.objects.all()]

    generator = names()
    for business, expected in ((shop, "ours"), (other_shop, "theirs"), (shop, "ours")):
        with scope.working_for(business.pk):
            assert next(generator) == [expected]


def test_a_queryset_that_was_built_in_another_scope_shows_nothing_of_it(
    shop: Business, other_shop: Business
) -> None:
    with scope.working_for(shop.pk):
        ours = Product.objects.all()
    with scope.working_for(other_shop.pk):
        assert list(ours) == []


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_swallowed_an_error_takes_no_scope_with_it(
    shop: Business, other_shop: Business
) -> None:
    """PostgreSQL answers the COMMIT of a failed transaction with a rollback, and no error."""
    with scope.working_for(shop.pk):
        assert seen() == ["ours"]
    with scope.working_for(other_shop.pk):
        with transaction.atomic(), connection.cursor() as cursor, contextlib.suppress(Error):
            cursor.execute("SELECT 1/0")
        assert seen() == ["theirs"]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_at_its_end_takes_no_scope_with_it(
    shop: Business, other_shop: Business
) -> None:
    with scope.working_for(shop.pk):
        assert seen() == ["ours"]
    with scope.working_for(other_shop.pk):
        with pytest.raises(IntegrityError), transaction.atomic():
            assert seen() == ["theirs"]
            Business.objects.update(user=10**9)
        assert seen() == ["theirs"]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_is_told_again(shop: Business, other_shop: Business) -> None:
    with scope.working_for(shop.pk):
        assert seen() == ["ours"]
        lose_connection()
        with pytest.raises(OperationalError):
            seen()
        connection.close()
        assert seen() == ["ours"]


def lose_connection() -> None:
    """End the server's side of the connection, as a restart of PostgreSQL would."""
    connection.ensure_connection()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    other.close()
