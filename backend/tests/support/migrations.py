"""Migrations that exist for one test only."""

from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

AS_IT_IS = """
from importlib import import_module
Migration = import_module("{module}.{name}").Migration
"""


def latest(app: str) -> str:
    """Return the name of the app's last migration."""
    ((_, name),) = MigrationLoader(connection).graph.leaf_nodes(app)
    return str(name)


def add_migration(app: str, source: str, *, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give `app` one more migration, next to its own, until the test ends; return what it is called.

    source: a module with a `Migration`, in which {latest} stands for the name of the one before.
    """
    before = latest(app)
    module = str(MigrationLoader.migrations_module(app)[0])
    package = folder / f"migrations_{uuid4().hex}"
    package.mkdir()
    own = [path.stem for path in Path(import_module(module).__path__[0]).glob("[0-9]*.py")]
    for name in own:
        (package / f"{name}.py").write_text(AS_IT_IS.format(module=module, name=name))
    (package / "__init__.py").touch()
    (package / "9999_more.py").write_text(source.format(latest=before))
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(settings, "MIGRATION_MODULES", {app: package.name})
    return "9999_more"
