"""Migrations go both ways, one at a time and all at once, and keep the rows for which there is a place."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from apps.core import migrating
from apps.core.tenancy import scope
from tests.support.catalogue import QUERIES, described, rows, tables
from tests.support.factories import make_shop
from tests.support.rows import MODELS, make_row

LABELS = {model._meta.app_label for model in MODELS}

Rows = dict[str, dict[Any, dict[str, Any]]]


@pytest.fixture
def migrated(transactional_db: None) -> Iterator[None]:
    """A test that migrates back leaves the database as it found it."""
    yield
    call_command("migrate", verbosity=0)


def migrate(*targets: tuple[str, str | None]) -> None:
    """Migrate, each app to the migration named (None: to before its first); without targets, all the way."""
    with migrating.session(using="default"):
        executor = MigrationExecutor(connection)
        executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())
    ContentType.objects.clear_cache()


def ours_backwards() -> list[tuple[str, str]]:
    """Return our migrations, app and name, in the order in which they can be undone."""
    executor = MigrationExecutor(connection)
    executor.loader.build_graph()
    plan = executor.migration_plan([(label, None) for label in sorted(LABELS)])
    return [(migration.app_label, migration.name) for migration, _ in plan if migration.app_label in LABELS]


def before(app: str, name: str) -> str | None:
    """Return what to migrate `app` to so that `name` is undone."""
    parents = [key for key in MigrationLoader(connection).graph.node_map[app, name].parents if key[0] == app]
    return str(max(parents)[1]) if parents else None


def stored() -> Rows:
    """Return every row of every table, by table and id."""
    with scope.every_business():
        return {
            table: {row["id"]: row for row in table_rows(table)}
            for table in tables()
            if table.split("_")[0] in LABELS
        }


def table_rows(table: str) -> list[dict[str, Any]]:
    return [json.loads(row) for (row,) in rows(f'SELECT to_jsonb(t) FROM "{table}" t')]


def assert_kept(old: Rows, new: Rows) -> None:
    """What both databases have a place for is in both."""
    for table in old.keys() & new.keys():
        assert old[table].keys() == new[table].keys(), table
        for key, row in old[table].items():
            shared = row.keys() & new[table][key].keys()
            assert {name: row[name] for name in shared} == {name: new[table][key][name] for name in shared}


def seed() -> None:
    """Put rows of two businesses into every table of ours."""
    for shop in (make_shop(), make_shop("পদ্মা ফার্মেসি")):
        for model in MODELS:
            make_row(model, shop)


@pytest.mark.django_db
def test_the_models_have_all_their_migrations(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("makemigrations", "--check", "--dry-run")
    assert capsys.readouterr().out == "No changes detected\n"


@pytest.mark.django_db
def test_the_migrations_are_one_line_in_every_app() -> None:
    loader = MigrationLoader(connection)
    assert loader.detect_conflicts() == {}
    loader.graph.ensure_not_cyclic()
    for label in LABELS:
        assert len(loader.graph.leaf_nodes(label)) == 1, label
        numbers = sorted(name.split("_")[0] for app, name in loader.graph.nodes if app == label)
        assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)], label


@pytest.mark.django_db
def test_every_migration_can_be_undone() -> None:
    for key, migration in MigrationLoader(connection).graph.nodes.items():
        if key[0] in LABELS:
            assert all(operation.reversible for operation in migration.operations), key


def test_all_of_an_empty_database_is_undone_and_made_again(migrated: None) -> None:
    there = described(tables())
    migrate(*((label, None) for label in MigrationLoader(connection).migrated_apps))
    assert tables() == {"django_migrations"}
    migrate()
    assert described(tables()) == there
    assert there.keys() == QUERIES.keys()


def test_each_migration_is_undone_and_made_again_on_a_full_database(migrated: None) -> None:
    seed()
    for app, name in ours_backwards():
        full = stored()
        migrate((app, before(app, name)))
        left = stored()
        assert_kept(full, left)
        migrate((app, name))
        assert_kept(left, stored())
    migrate()
    seed()
    assert all(stored()[model._meta.db_table] for model in MODELS)


def test_the_app_of_users_and_businesses_has_a_label_of_its_own() -> None:
    labels = [config.label for config in apps.get_app_configs()]
    assert len(labels) == len(set(labels))
    assert apps.get_app_config("accounts").name == "apps.auth"


def test_the_eight_apps_are_registered() -> None:
    names = {config.name for config in apps.get_app_configs()}
    expected = "auth transactions forecasting customers recommendations adminops core notifications"
    assert {f"apps.{name}" for name in expected.split()} <= names
