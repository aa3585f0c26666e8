# mypy: disable-error-code="import-not-found,import-untyped", disallow-subclassing-any=False
"""Migrations as files: what a database of a given history would be told to run, and how it would go back."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from .schema import Document

Key = tuple[str, str]

ZERO = "zero"


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


def applied_after(loader: MigrationLoader, known: Iterable[Key]) -> set[Key]:
    """What a database has recorded once the older code has migrated it."""
    return {*known} & {
        *loader.disk_migrations,
        *(key for squash in loader.disk_migrations.values() for key in squash.replaces),
    }


def forwards(loader: Loader) -> list[Any]:
    """The migrations that `migrate` would run, in its order."""
    return [migration for migration, _ in Executor(loader).migration_plan(loader.graph.leaf_nodes())]


def ways_back(disk: MigrationLoader, applied: set[Key], migration: Any) -> list[Document]:
    """The targets of `migrate APP TARGET` that take this migration back when everything is applied, and all
    that each takes back, in the order in which Django would. A target that Django finds ambiguous is none.
    """
    own = key_of(migration)
    targets: list[str | None] = [*_parents(Loader(disk, applied), own)] or [None]
    found = []
    for target in targets:
        if target and sum(key[0] == own[0] and key[1].startswith(target) for key in disk.disk_migrations) > 1:
            continue
        plan = Executor(Loader(disk, applied)).migration_plan([(own[0], target)])
        undone = [key_of(item) for item, backwards in plan if backwards]
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


def key_of(migration: Any) -> Key:
    return migration.app_label, migration.name
