"""The two linters of migrations, as they run on ours: one reads operations and SQL, the other SQL only."""

import contextlib
import subprocess
import sys
import tomllib
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter.management.commands import lintmigrations

from tests.support.processes import BACKEND
from tests.support.rows import MODELS

LABELS = {model._meta.app_label for model in MODELS}

NEW_TABLES = ["adding-foreign-key-constraint"]
"""Rules about tables in use, which squawk also applies to a column that is added to a table just made."""

INDEXES_OF_NEW_TABLES = ["CREATE_INDEX", "CREATE_INDEX_EXCLUSIVE"]
"""By INCLUDE the linter loses track of which tables are new; squawk does not."""

_LINTER = tomllib.loads((BACKEND / "pyproject.toml").read_text())["tool"]["django_migration_linter"]
CONFIG = BACKEND / ".squawk.toml"


CONTRACTS: dict[tuple[str, str], str] = {}
"""App and name of a migration that takes away what no release that may still run uses, and why that is so."""


def our_migrations() -> list[tuple[str, str]]:
    """Return what is linted: every migration of ours but the contracts."""
    ours = {key for key in MigrationLoader(connection).disk_migrations if key[0] in LABELS}
    assert ours >= CONTRACTS.keys()
    return sorted(ours - CONTRACTS.keys())


def django_migration_linter(*targets: tuple[str, str]) -> str:
    """Return what it has against the migrations; nothing if they are fine."""
    made = MigrationLoader(connection).disk_migrations
    return "".join(_lintmigrations(*target, new=bool(made[target].initial)) for target in targets)


def _lintmigrations(app: str, name: str, *, new: bool) -> str:
    printed = StringIO()
    exclude = [*_LINTER["exclude_migration_tests"], *(INDEXES_OF_NEW_TABLES if new else [])]
    try:
        with contextlib.redirect_stdout(printed):
            # The command itself: its app is not installed, since no server needs it.
            call_command(lintmigrations.Command(), app, name, exclude_migration_tests=exclude)
    except SystemExit:
        return printed.getvalue()
    return ""


def squawk(*targets: tuple[str, str], folder: Path) -> str:
    """Return what it has against the SQL of the migrations; nothing if it is fine."""
    made = MigrationLoader(connection).disk_migrations
    new = [_sql(app, name, folder) for app, name in targets if made[app, name].initial]
    later = [_sql(app, name, folder) for app, name in targets if not made[app, name].initial]
    return _squawk(new, exclude=NEW_TABLES) + _squawk(later, exclude=[])


def _squawk(files: list[Path], *, exclude: list[str]) -> str:
    if not files:
        return ""
    program = Path(sys.executable).with_name("squawk")
    # Those on the command line take the place of those in the file.
    exclude = exclude + tomllib.loads(CONFIG.read_text())["excluded_rules"]
    flags = ["--config", str(CONFIG), "--reporter", "gcc", *(f"--exclude={rule}" for rule in exclude)]
    done = subprocess.run(
        [program, *flags, *files], cwd=BACKEND, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout if done.returncode else ""


def _sql(app: str, name: str, folder: Path) -> Path:
    file = folder / f"{app}_{name}.sql"
    out = StringIO()
    call_command("sqlmigrate", app, name, stdout=out)
    file.write_text(out.getvalue())
    return file
