"""Migrations do nothing that stops a shop while they run or breaks the release that still serves it.

What is refused here, and the way to do each right, is in backend/README.md too.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.linting import django_migration_linter, our_migrations, squawk
from tests.support.migrations import add_migration

MODULE = """
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from apps.core.constraints import between
from apps.core.tenancy.constraints import SameTenant

NOT_NEGATIVE = between("reorder_point", 0, 1000, name="product_reorder_sane")
NOTE = models.TextField(null=True)

def work(apps, schema_editor):
    pass

class Migration(migrations.Migration):
    dependencies = [("transactions", "{{latest}}")]
    atomic = {atomic}
    operations = [{operations}]
"""


@pytest.fixture(autouse=True)
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database without a transaction, which some operations refuse even to be printed in."""
    with django_db_blocker.unblock():
        yield


Add = Callable[..., tuple[str, str]]


@pytest.fixture
def more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Add:
    """Makes a migration of these operations, which is linted and never run."""

    def add(operations: str, *, atomic: bool = True) -> tuple[str, str]:
        source = MODULE.format(operations=operations, atomic=atomic)
        return "transactions", add_migration("transactions", source, folder=tmp_path, monkeypatch=monkeypatch)

    return add


def test_our_migrations_are_fine_by_both_linters(tmp_path: Path) -> None:
    assert django_migration_linter(*our_migrations()) == ""
    assert squawk(*our_migrations(), folder=tmp_path) == ""


REFUSED = {
    "a column is dropped": ("migrations.RemoveField('product', 'reorder_point')", "ban-drop-column"),
    "a column is renamed": ("migrations.RenameField('product', 'sku', 'code')", "renaming-column"),
    "a column changes its type": (
        "migrations.AlterField('product', 'current_stock', models.BigIntegerField())",
        "changing-column-type",
    ),
    "a column is added that the running release does not fill": (
        "migrations.AddField('product', 'note', models.TextField(default=''))",
        "NOT NULL constraint",
    ),
    "a table is dropped": ("migrations.DeleteModel('transaction')", "ban-drop-table"),
    "a table is renamed": ("migrations.RenameModel('customer', 'buyer')", "renaming-table"),
    "an index locks out writes": (
        "migrations.AddIndex('product', models.Index(fields=['reorder_point'], name='product_reorder'))",
        "require-concurrent-index-creation",
    ),
    "a check reads the whole table under its lock": (
        "migrations.AddConstraint('product', NOT_NEGATIVE)",
        "constraint-missing-not-valid",
    ),
    "a unique constraint locks the table": (
        "migrations.AddConstraint('product',"
        " models.UniqueConstraint(fields=['business', 'name'], name='product_name_unique'))",
        "disallowed-unique-constraint",
    ),
    "a foreign key locks two tables": (
        "migrations.AddConstraint('transaction', SameTenant(field='product', name='again_same_tenant'))",
        "adding-foreign-key-constraint",
    ),
    "a data migration cannot be undone": ("migrations.RunPython(work)", "not reversible"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_that(what: str, more: Add, tmp_path: Path) -> None:
    operations, why = REFUSED[what]
    migration = more(operations)
    assert why in django_migration_linter(migration) + squawk(migration, folder=tmp_path)


RIGHT = {
    "a column is added that may be empty": ("migrations.AddField('product', 'note', NOTE)", True),
    "an index is built beside the writes": (
        "AddIndexConcurrently('product', models.Index(fields=['reorder_point'], name='product_reorder'))",
        False,
    ),
    "a check holds for new rows first": ("AddConstraintNotValid('product', NOT_NEGATIVE)", True),
    "a constraint that is known already is validated": (
        "migrations.RunSQL('ALTER TABLE transactions_product VALIDATE CONSTRAINT product_sku_unique', '')",
        True,
    ),
    "a unique constraint takes over an index": (
        "migrations.RunSQL('ALTER TABLE transactions_product ADD CONSTRAINT u UNIQUE USING INDEX u', '')",
        True,
    ),
    "a foreign key holds for new rows first": (
        "migrations.RunSQL('ALTER TABLE transactions_product ADD CONSTRAINT f FOREIGN KEY (id)"
        " REFERENCES accounts_user (id) NOT VALID', '')",
        True,
    ),
    "a data migration can be undone": ("migrations.RunPython(work, migrations.RunPython.noop)", True),
    "a new table is made with all it has": (
        "migrations.CreateModel('Shelf', [('id', models.BigAutoField(primary_key=True)),"
        " ('product', models.ForeignKey('transactions.product', models.CASCADE))],"
        " options={'indexes': [models.Index(fields=['product'], name='shelf')]})",
        True,
    ),
}


@pytest.mark.parametrize("what", RIGHT)
def test_it_is_allowed_that(what: str, more: Add, tmp_path: Path) -> None:
    operations, atomic = RIGHT[what]
    migration = more(operations.replace("{", "{{").replace("}", "}}"), atomic=atomic)
    assert (django_migration_linter(migration), squawk(migration, folder=tmp_path)) == ("", "")
