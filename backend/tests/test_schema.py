"""The schema that the migrations made is the one that the models describe: nothing missing, nothing more."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.models import Model

from apps.core.tenancy.models import TenantModel
from tests.support.catalogue import described, rows, tables
from tests.support.declared import Declared, declared
from tests.support.rows import MODELS, TENANT_MODELS

pytestmark = pytest.mark.django_db

FROM_MODELS = "from_models"

OURS = {model._meta.db_table for model in MODELS} | {
    relation.m2m_db_table() for model in MODELS for relation in model._meta.local_many_to_many
}


@pytest.fixture
def built() -> Iterator[None]:
    """The tables once more, in a schema of their own, made from the models without any migration."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {FROM_MODELS}")
        cursor.execute(f"SET LOCAL search_path TO {FROM_MODELS}")
        with connection.schema_editor() as editor:
            for model in apps.get_models():
                editor.create_model(model)
        yield
        cursor.execute("SET LOCAL search_path TO public")


def test_the_tables_are_those_of_the_models() -> None:
    wanted = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert tables() == wanted | {"django_migrations"}


@pytest.mark.parametrize("what", ["columns", "indexes", "constraints", "policies", "triggers"])
def test_what_the_migrations_made_is_what_the_models_describe(what: str, built: None) -> None:
    migrated, declared_ = described(OURS)[what], described(OURS, FROM_MODELS)[what]
    assert migrated == declared_
    assert bool(migrated) is (what != "triggers")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_has_its_column(model: type[Model]) -> None:
    present = {
        name: (kind, required)
        for table, name, kind, required, *_ in described(OURS)["columns"]
        if table == model._meta.db_table
    }
    declared_ = {
        str(field.column): (postgres_name(field.db_type(connection) or ""), not field.null)
        for field in model._meta.concrete_fields
    }
    assert present == declared_


def postgres_name(kind: str) -> str:
    """Return what PostgreSQL calls a type of Django's, which uses short names."""
    ((name,),) = rows("SELECT format_type(%s::regtype, NULL)", kind.split("(")[0])
    return str(name) + "".join(kind.partition("(")[1:]).replace(" ", "")


@pytest.mark.parametrize("each", declared(models.BaseConstraint), ids=str)
def test_every_constraint_is_there_by_its_name(each: Declared) -> None:
    there = described(OURS)
    named = {(row[0], row[1]) for what in ("constraints", "indexes", "policies") for row in there[what]}
    assert (each.model._meta.db_table, each.constraint.name) in named


def test_every_index_is_there_by_its_name() -> None:
    wanted = {(model._meta.db_table, index.name) for model in MODELS for index in model._meta.indexes}
    assert wanted <= {(table, name) for table, name, *_ in described(OURS)["indexes"]}


def test_every_index_is_valid_and_every_constraint_validated() -> None:
    there = described(OURS)
    assert all(row[-1] is True for what in ("indexes", "constraints") for row in there[what])


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_a_tenants_table_has_an_index_that_begins_with_the_business(model: type[TenantModel]) -> None:
    indexes = [text for table, _, text, _ in described(OURS)["indexes"] if table == model._meta.db_table]
    assert any("(business_id, " in text for text in indexes)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_reference_has_an_index_for_whoever_deletes_what_it_refers_to(model: type[Model]) -> None:
    indexes = [text for table, _, text, _ in described(OURS)["indexes"] if table == model._meta.db_table]
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            assert any(f"({field.column})" in text or f"({field.column}," in text for text in indexes), field


def test_row_security_is_as_the_setting_says_on_tenants_tables_and_nowhere_else() -> None:
    found = rows("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    assert settings.TENANT_RLS
    assert {name for (name,) in found} == {model._meta.db_table for model in TENANT_MODELS}
    assert rows("SELECT relname FROM pg_class WHERE relrowsecurity <> relforcerowsecurity") == []


def test_there_is_nothing_in_the_schema_but_tables() -> None:
    here = "'public'::regnamespace"
    views = f"SELECT relname FROM pg_class WHERE relnamespace = {here} AND relkind IN ('v', 'm', 'f')"
    assert rows(views) == []
    assert rows(f"SELECT proname FROM pg_proc WHERE pronamespace = {here}") == []
