"""What `migrate` and `prepare` do around the migrations: limits, locks, the scope, row level security."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from pytest_django import Settings

from apps.core import migrating
from apps.core.management.commands import migrate
from apps.core.tenancy import scope
from apps.core.tenancy.row_security import out_of_step, tables
from apps.transactions.models import Product
from tests.support.catalogue import described
from tests.support.factories import make_product, make_sale, make_shop
from tests.support.migrations import add_migration, latest
from tests.support.processes import manage

BACKFILL = """
from django.db import migrations
from django.db.models import F

def forwards(apps, schema_editor):
    Product = apps.get_model("transactions", "Product")
    for product in Product.objects.iterator():
        product.reorder_point += 1
        product.save()
    Product.objects.update(current_stock=F("current_stock") + 1)

def backwards(apps, schema_editor):
    apps.get_model("transactions", "Product").objects.update(reorder_point=0)

class Migration(migrations.Migration):
    dependencies = [("transactions", "{latest}")]
    operations = [migrations.RunPython(forwards, backwards)]
"""
EXPAND = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("transactions", "{latest}")]
    operations = [migrations.AddField("product", "note", models.TextField(null=True))]
"""
BROKEN = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("transactions", "{latest}")]
    operations = [migrations.RunSQL("SELECT 1/0", "")]
"""


FENCES = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("transactions", "{latest}")]
    operations = [
        migrations.RemoveConstraint("transaction", "transaction_tenant"),
        migrations.RemoveConstraint("transaction", "transaction_product_same_tenant"),
    ]
"""


@pytest.fixture
def more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[Any]:
    """Gives `transactions` one more migration, which is undone when the test ends."""
    before = latest("transactions")

    def add(source: str) -> str:
        return add_migration("transactions", source, folder=tmp_path, monkeypatch=monkeypatch)

    yield add
    call_command("migrate", "transactions", before, verbosity=0)


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
def test_what_was_in_scope_before_migrating_is_in_scope_after_it() -> None:
    with scope.working_for(7):
        call_command("migrate", verbosity=0)
        assert scope.current() == 7
    assert limits() == ["15s", "0"]


def test_a_migration_that_fails_leaves_neither_its_limits_nor_its_scope(more: Any) -> None:
    more(BROKEN)
    with pytest.raises(Exception, match="division by zero"):
        call_command("migrate", verbosity=0)
    assert limits() == ["15s", "0"]
    assert scope.current() is None


def test_a_connection_that_is_lost_while_migrating_is_what_is_told(more: Any) -> None:
    more(BROKEN.replace("1/0", "pg_terminate_backend(pg_backend_pid())"))
    try:
        with pytest.raises(OperationalError, match="terminat"):
            call_command("migrate", verbosity=0)
    finally:
        connection.close()


def test_a_data_migration_sees_and_writes_the_rows_of_every_business(more: Any) -> None:
    for shop in (make_shop(), make_shop()):
        make_product(shop, current_stock=5)
    more(BACKFILL)
    call_command("migrate", verbosity=0)
    assert stored() == [(1, 6), (1, 6)]
    call_command("migrate", "transactions", latest_but_one(), verbosity=0)
    assert stored() == [(0, 6), (0, 6)]


def stored() -> list[tuple[int, int]]:
    with scope.every_business():
        return list(Product.objects.values_list("reorder_point", "current_stock"))


def latest_but_one() -> str:
    return [name for name in applied() if name != "9999_more"][-1]


def applied() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM django_migrations WHERE app = 'transactions' ORDER BY name")
        return [name for (name,) in cursor.fetchall()]


def test_the_fences_of_a_table_in_use_are_taken_down_and_put_up_again(more: Any) -> None:
    make_sale(make_shop())
    there = described(["transactions_transaction"])
    more(FENCES)
    call_command("migrate", verbosity=0)
    down = described(["transactions_transaction"])
    assert down["policies"] == set()
    assert {row[1] for row in there["constraints"] - down["constraints"]} == {
        "transaction_product_same_tenant"
    }
    call_command("migrate", "transactions", latest_but_one(), verbosity=0)
    assert described(["transactions_transaction"]) == there


class Reader:
    """Somebody else who reads the products in a long transaction, until `leave`."""

    def __init__(self) -> None:
        self.connection = connection.copy()
        self.connection.set_autocommit(False)
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM transactions_product")

    def leave(self) -> None:
        self.connection.close()


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[Reader]:
    monkeypatch.setattr(migrating, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(migrate, "PAUSES_SECONDS", (0.01, 0.01))
    reader = Reader()
    yield reader
    reader.leave()


class Told(StringIO):
    """Lets the reader leave as soon as something is written here."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def write(self, text: str) -> int:
        self.reader.leave()
        return super().write(text)


def test_a_migration_that_could_not_have_its_lock_is_tried_again(more: Any, reader: Reader) -> None:
    more(EXPAND)
    told = Told(reader)
    call_command("migrate", verbosity=0, stderr=told)
    assert "Somebody holds a lock" in told.getvalue()
    assert applied()[-1] == "9999_more"


def test_a_migration_gives_up_when_a_lock_is_never_free(more: Any, reader: Reader) -> None:
    more(EXPAND)
    with pytest.raises(CommandError, match="Gave up after 3 attempts"):
        call_command("migrate", verbosity=0, stderr=StringIO())
    assert "9999_more" not in applied()
    assert limits() == ["15s", "0"]
    reader.leave()


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["migrate", "prepare"])
def test_row_security_follows_its_setting_with_nothing_to_migrate(command: str, settings: Settings) -> None:
    for on in (False, True):
        settings.TENANT_RLS = on
        assert out_of_step(on=on) == sorted(tables())
        call_command(command, verbosity=0, stdout=StringIO())
        assert out_of_step(on=on) == []


@pytest.mark.django_db(transaction=True)
def test_the_variable_switches_row_security_at_the_next_start(env: dict[str, str]) -> None:
    for on in (False, True):
        done = manage("prepare", env={**env, "TENANT_RLS": str(on)})
        assert done.returncode == 0, done.stderr
        assert out_of_step(on=on) == []


@pytest.mark.django_db
def test_a_plan_changes_nothing(settings: Settings) -> None:
    settings.TENANT_RLS = False
    call_command("migrate", "--plan", stdout=StringIO())
    assert out_of_step(on=True) == []
