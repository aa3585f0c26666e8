# mypy: disable-error-code="import-not-found,import-untyped", disallow-subclassing-any=False
"""What the operations of migrations do to the database, as documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.migrations import operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from .history import Executor, Loader, key_of
from .schema import DATABASE, Document, tables

# The attribute of a Migration by which its author says that the release before it does not mind.
DECLARED = "harmless_to_the_release_before"


def described(loader: Loader, plan: list[Any]) -> list[Document]:
    state = ProjectState(real_apps=loader.unmigrated_apps)
    everything = Executor(loader).migration_plan(loader.graph.leaf_nodes(), clean_start=True)
    extra = {key_of(migration) for migration in plan}
    for migration, _ in everything:
        if key_of(migration) not in extra:
            state = migration.mutate_state(state, preserve=False)
    found = []
    for migration in plan:
        did = [
            entry for item in migration.operations for entry in operation(item, migration.app_label, state)
        ]
        end = tables(state.apps, managed=True)
        touched = {name for entry in did for name in (*entry["before"], *entry["after"])}
        found.append(
            {
                "key": list(key_of(migration)),
                "declared": str(getattr(migration, DECLARED, "")),
                "operations": did,
                "ends_with": {name: end[name] for name in end if name in touched},
            }
        )
    return found


def operation(item: Any, app: str, state: Any) -> Iterator[Document]:
    """What an operation does to the database, a document for each thing it does; the state goes on."""
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
    """The name of Django's operation whose effect on the database this is; empty where it is none's."""
    if not type(item).database_forwards.__module__.startswith("django."):
        return ""
    names = [base.__name__ for base in type(item).__mro__ if issubclass(base, Operation)]
    return next((name for name in names if hasattr(operations, name)), type(item).__name__)


def _code(item: Any, kind: str) -> Document:
    """forwards: the statements of SQL; None for Python that does something. reverse: none, noop or real."""
    if kind == "RunPython":
        noop = operations.RunPython.noop
        return {"forwards": [] if item.code is noop else None, "reverse": _reverse(item.reverse_code, noop)}
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
