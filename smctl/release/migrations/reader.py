# mypy: disable-error-code="import-not-found,import-untyped", disallow-subclassing-any=False
"""A script that the backend's own Python runs in one of two trees; it knows Django and nothing of smctl.

    python -P reader.py SETTINGS older      what that code believes of its tables
    python -P reader.py SETTINGS newer      what `migrate` would do; stdin says what the older code has applied

Its working folder is the tree's backend. It prints one JSON document and never opens a database: the
migrations come from the files, what is applied from stdin. smctl/release/migrations/facts.py has the shapes.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.db import connections, models
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.migrations import operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED

Key = tuple[str, str]
Document = dict[str, Any]

DATABASE = "default"
ZERO = "zero"
# The attribute of a Migration by which its author says that the release before it does not mind.
DECLARED = "harmless_to_the_release_before"
# Constraints of this project's backend that are made by a statement of their own: what PostgreSQL makes of them.
OURS = {"SameTenant": "foreign key", "OwnerIsMember": "foreign key", "TenantPolicy": "policy"}
# What a constraint is, by the class of Django's that it is or descends from.
KINDS = {"UniqueConstraint": "unique", "CheckConstraint": "check", "ExclusionConstraint": "exclusion"}


class Loader(MigrationLoader):
    """As on a database on which exactly these migrations are applied; `disk` has read the files."""

    def __init__(self, disk: MigrationLoader, applied: Iterable[Key]) -> None:
        self._disk, self._applied = disk, dict.fromkeys(applied)
        super().__init__(None)

    def load_disk(self) -> None:
        self.disk_migrations = dict(self._disk.disk_migrations)
        self.unmigrated_apps, self.migrated_apps = self._disk.unmigrated_apps, self._disk.migrated_apps

    @property
    def applied_migrations(self) -> dict[Key, Any]:
        return self._applied

    @applied_migrations.setter
    def applied_migrations(self, _: dict[Key, Any]) -> None:
        """Django sets it to nothing, because there is no connection."""


class Executor(MigrationExecutor):
    """Only its planning: it has no database."""

    def __init__(self, loader: MigrationLoader) -> None:
        self.loader = loader


# -- both trees


def migrations(loader: MigrationLoader) -> list[Document]:
    """All that are on disk. digest: of the code alone, not of its comments and layout."""
    return [
        {
            "key": list(key),
            "replaces": [list(replaced) for replaced in migration.replaces],
            "digest": _digest(migration),
        }
        for key, migration in sorted(loader.disk_migrations.items())
    ]


def _digest(migration: Any) -> str:
    file = sys.modules[type(migration).__module__].__file__ or ""
    if not file.endswith(".py"):
        return ""
    code = ast.dump(ast.parse(Path(file).read_bytes()))
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def tables(registry: Any, *, managed: bool) -> Document:
    """The tables of a registry's models, many-to-many ones too. managed: only those that Django changes."""
    found: Document = {}
    for model in registry.get_models(include_auto_created=True, include_swapped=False):
        options = model._meta
        if options.proxy or (managed and not options.can_migrate(connections[DATABASE])):
            continue
        columns = {field.column: column(field) for field in options.local_concrete_fields}
        found[options.db_table] = {
            "model": options.label,
            "columns": columns,
            "constraints": {item.name: constraint(item, model) for item in options.constraints},
            "together": [_columns(model, names) for names in options.unique_together],
            "indexes": sorted(index.name for index in options.indexes),
        }
    return found


def column(field: Any) -> Document:
    """default: the database itself fills it. fills: adding it to a table with rows works, whatever they get."""
    connection = connections[DATABASE]
    parameters = field.db_parameters(connection)
    generated = bool(getattr(field, "generated", False))
    db_default = getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED
    return {
        "field": field.name,
        "type": parameters["type"] or "",
        "check": str(parameters.get("check") or ""),
        "collation": str(parameters.get("collation") or ""),
        "null": field.null,
        "unique": field.unique,
        "generated": generated,
        "default": db_default or bool(field.db_type_suffix(connection)),
        "fills": field.null or generated or db_default or _has_default(field),
        "refers": _refers(field),
    }


def _has_default(field: Any) -> bool:
    """What BaseDatabaseSchemaEditor._effective_default finds something for."""
    empty = field.blank and field.empty_strings_allowed
    automatic = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return bool(field.has_default() or empty or automatic)


def _refers(field: Any) -> str:
    """The table that a foreign key of the database refers to; empty where there is none."""
    if field.remote_field is None:
        return ""
    ours = (item for item in field.model._meta.constraints if type(item).__name__ in OURS)
    constrained = field.db_constraint or any(getattr(item, "field", "") == field.name for item in ours)
    return str(field.remote_field.model._meta.db_table) if constrained else ""


def constraint(item: Any, model: Any) -> Document:
    """digest: equal for equal constraints, whatever their names."""
    path, arguments, keywords = item.deconstruct()
    content = {key: value for key, value in keywords.items() if key not in ("name", "violation_error_message")}
    condition = getattr(item, "condition", None) or getattr(item, "check", None)
    is_check = isinstance(item, models.CheckConstraint)
    return {
        "kind": _kind(item),
        "class": path,
        "columns": _columns(model, getattr(item, "fields", ()) or (getattr(item, "field", None),)),
        "partial": bool(not is_check and (condition or getattr(item, "expressions", ()))),
        "nulls_distinct": getattr(item, "nulls_distinct", None) is not False,
        "leaves": _leaves(condition, model) if is_check else None,
        "digest": f"{path} {arguments} {content}",
    }


def _kind(item: Any) -> str:
    if type(item).__name__ in OURS:
        return OURS[type(item).__name__]
    if not type(item).create_sql.__module__.startswith("django."):
        return "other"
    return next((KINDS[base.__name__] for base in type(item).__mro__ if base.__name__ in KINDS), "other")


def _columns(model: Any, names: Iterable[str | None]) -> list[str]:
    """A name is kept where the field was renamed and the constraint waits for the next operation."""
    columns = {field.name: field.column for field in model._meta.local_concrete_fields}
    return [str(columns.get(name, name)) for name in names if name]


def _leaves(condition: Any, model: Any) -> list[Any] | None:
    """A condition that is nothing but AND of FIELD__LOOKUP=VALUE, as [column, lookup, value]; else None."""
    if not isinstance(condition, models.Q) or condition.negated:
        return None
    if condition.connector != models.Q.AND and len(condition.children) > 1:
        return None
    found: list[Any] = []
    for child in condition.children:
        if isinstance(child, models.Q):
            inner = _leaves(child, model)
            if inner is None:
                return None
            found += inner
            continue
        name, _, lookup = child[0].partition("__")
        if not _is_plain(child[1]) or "__" in lookup:
            return None
        found.append([*_columns(model, [name]), lookup or "exact", child[1]])
    return found


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float)


# -- what the newer code would do


def applied_after(loader: MigrationLoader, known: Iterable[Key]) -> set[Key]:
    """What a database has recorded once the older code has migrated it."""
    return {*known} & {
        *loader.disk_migrations,
        *(key for squash in loader.disk_migrations.values() for key in squash.replaces),
    }


def forwards(loader: Loader) -> list[Any]:
    """The migrations that `migrate` would run, in its order."""
    return [migration for migration, _ in Executor(loader).migration_plan(loader.graph.leaf_nodes())]


def described(loader: Loader, plan: list[Any]) -> list[Document]:
    state = ProjectState(real_apps=loader.unmigrated_apps)
    everything = Executor(loader).migration_plan(loader.graph.leaf_nodes(), clean_start=True)
    extra = {_key(migration) for migration in plan}
    for migration, _ in everything:
        if _key(migration) not in extra:
            state = migration.mutate_state(state, preserve=False)
    found = []
    for migration in plan:
        did = [entry for item in migration.operations for entry in operation(item, migration.app_label, state)]
        end = tables(state.apps, managed=True)
        touched = {name for entry in did for name in (*entry["before"], *entry["after"])}
        found.append(
            {
                "key": list(_key(migration)),
                "declared": str(getattr(migration, DECLARED, "")),
                "operations": did,
                "ends_with": {name: end[name] for name in end if name in touched},
            }
        )
    return found


def operation(item: Any, app: str, state: Any) -> Iterator[Document]:
    """What an operation does to the database, one document for each that does something; the state goes on."""
    kind = _django_kind(item)
    if kind == "SeparateDatabaseAndState":
        of_database = state.clone()
        for child in item.database_operations:
            yield from operation(child, app, of_database)
        item.state_forwards(app, state)
        return
    before = tables(state.apps, managed=True)
    item.state_forwards(app, state)
    after = tables(state.apps, managed=True)
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    yield {
        "kind": kind,
        "class": type(item).__name__,
        "text": item.describe(),
        "reversible": bool(item.reversible),
        "before": {name: before[name] for name in changed if name in before},
        "after": {name: after[name] for name in changed if name in after},
        **_code(item, kind),
    }


def _django_kind(item: Any) -> str:
    """The name of Django's operation whose effect on the database this is; empty for one of somebody else's."""
    if not type(item).database_forwards.__module__.startswith("django."):
        return ""
    names = [base.__name__ for base in type(item).__mro__ if issubclass(base, Operation)]
    return next((name for name in names if hasattr(operations, name)), type(item).__name__)


def _code(item: Any, kind: str) -> Document:
    """forwards: the statements of SQL; None for Python that does something. reverse: none, noop or real."""
    if kind == "RunPython":
        noop = operations.RunPython.noop
        forward = [] if item.code is noop else None
        return {"forwards": forward, "reverse": _reverse(item.reverse_code, noop)}
    if kind == "RunSQL":
        return {"forwards": statements(item.sql), "reverse": _reverse(item.reverse_sql, "")}
    return {}


def _reverse(code: Any, noop: Any) -> str:
    if code is None:
        return "none"
    return "noop" if code == noop or code == [] else "real"


def statements(sql: Any) -> list[str]:
    """A script as its statements; PostgreSQL takes it as it is, so the split is that of Django's other
    databases.
    """
    parts = sql if isinstance(sql, list | tuple) else [sql]
    texts = [part[0] if isinstance(part, list | tuple) else part for part in parts]
    operations_of = BaseDatabaseOperations(connections[DATABASE])
    return [str(one) for text in texts if text for one in operations_of.prepare_sql_script(text)]


# -- the way back


def ways_back(disk: MigrationLoader, applied: set[Key], migration: Any) -> list[Document]:
    """The targets of `migrate APP TARGET` that take this migration back when everything is applied, and all
    that each takes back, in the order in which Django would. A target that Django finds ambiguous is none.
    """
    own = _key(migration)
    targets = _parents(Loader(disk, applied), own) or [None]
    found = []
    for target in targets:
        if target and sum(key[0] == own[0] and key[1].startswith(target) for key in disk.disk_migrations) > 1:
            continue
        plan = Executor(Loader(disk, applied)).migration_plan([(own[0], target)])
        undone = [_key(item) for item, backwards in plan if backwards]
        if own in undone:
            found.append({"target": target or ZERO, "undoes": [list(key) for key in undone]})
    return found


def _parents(loader: Loader, own: Key) -> list[str]:
    if own not in loader.graph.node_map:
        loader.replace_migrations = False
        loader.build_graph()
    return sorted(parent.key[1] for parent in loader.graph.node_map[own].parents if parent.key[0] == own[0])


def inconsistent(loader: Loader) -> list[list[str]]:
    """Pairs (applied, its dependency that is not) over which `migrate` refuses to run; the same search as
    MigrationLoader.check_consistent_history, which asks the database.
    """
    found = []
    for key in sorted(loader.applied_migrations):
        for parent in loader.graph.node_map[key].parents if key in loader.graph.nodes else ():
            squash = loader.replacements.get(parent.key)
            covered = squash and all(item in loader.applied_migrations for item in squash.replaces)
            if parent.key not in loader.applied_migrations and not covered:
                found.append([".".join(key), ".".join(parent.key)])
    return found


def half_squashed(loader: Loader) -> list[str]:
    """Squashes of which a part is applied, and what they replace is not all there: they would never run."""
    return [
        ".".join(key)
        for key, squash in sorted(loader.replacements.items())
        if key not in loader.applied_migrations
        and any(item in loader.applied_migrations for item in squash.replaces)
        and not all(item in loader.disk_migrations for item in squash.replaces)
    ]


def _key(migration: Any) -> Key:
    return migration.app_label, migration.name


# -- the two documents


def older() -> Document:
    return {"migrations": migrations(MigrationLoader(None)), "tables": tables(apps, managed=False)}


def newer(known: list[Key]) -> Document:
    on_disk = MigrationLoader(None)
    applied = applied_after(on_disk, known)
    loader = Loader(on_disk, applied)
    plan = forwards(loader)
    complete = applied | {_key(item) for item in plan} | {key for item in plan for key in item.replaces}
    entries = described(loader, plan)
    for entry, migration in zip(entries, plan, strict=True):
        entry["ways_back"] = ways_back(on_disk, complete, migration)
    return {
        "migrations": migrations(on_disk),
        "apps": sorted(config.label for config in apps.get_app_configs()),
        "plan": entries,
        "inconsistent": inconsistent(loader),
        "half_squashed": half_squashed(loader),
    }


def main(settings: str, side: str) -> None:
    sys.path.insert(0, os.getcwd())
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    django.setup()
    # Whatever the project prints at its start is not ours.
    document = older() if side == "older" else newer([(app, name) for app, name in json.load(sys.stdin)])
    sys.stdout.write("\n" + json.dumps({"django": django.get_version(), **document}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
