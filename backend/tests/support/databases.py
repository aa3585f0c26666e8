"""The tests' databases: copies of one that was migrated once.

Migrating takes seconds, copying what was migrated a tenth of one. The template is named after all that it
was made from, so a change of a migration makes a new one; while it is made it has another name, so that what
a kill has left half made is never copied. Needs CREATEDB, and no superuser.
"""

import ast
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from tests.support.processes import BACKEND

# For pg_advisory_lock, which has one space for all of a database's users: any fixed number does.
LOCK = 7_362_002
LOCK_WAIT_SECONDS = 300
# What is switched on after the migrations is of these modules: row level security.
BESIDES = BACKEND / "apps" / "core" / "tenancy"


class DatabaseInUse(Exception):
    """Another run of the tests works on the same database."""


@contextmanager
def copied_database(*, rebuild: str = "", keep: bool = False) -> Iterator[None]:
    """Point Django to a fresh copy of the migrated template for as long as the block lasts.

    rebuild: the name of the test run that wants a new template, made once in that run; empty for none. keep:
    leave the copy behind, to be looked at.

    Raises:
        DatabaseInUse: another run has it.
    """
    usual = str(connection.settings_dict["NAME"])
    name = str(connection.settings_dict["TEST"]["NAME"] or f"test_{usual}")
    with maintenance() as cursor:
        claim(cursor, name)
        with locked(cursor):
            copy(cursor, migrated_template(cursor, usual, rebuild), name)
        use(name)
        try:
            yield
        finally:
            use(usual)
            if not keep:
                drop(cursor, name)


@contextmanager
def maintenance() -> Iterator[CursorWrapper]:
    """Work on the server beside the databases, in the one that is always there and without the time limits of
    requests."""
    server: BaseDatabaseWrapper = connection.copy("maintenance")
    server.settings_dict["NAME"] = "postgres"
    try:
        with server.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            yield cursor
    finally:
        server.close()


def claim(cursor: CursorWrapper, name: str) -> None:
    """Have this database to ourselves until the connection ends, however it does."""
    cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [LOCK, name])
    if cursor.fetchone() != (True,):
        raise DatabaseInUse(f"Another run of the tests works on {name}. Wait for it, or end it.")


@contextmanager
def locked(cursor: CursorWrapper) -> Iterator[None]:
    """Be the only process that makes, drops or copies templates; fail after LOCK_WAIT_SECONDS."""
    cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_WAIT_SECONDS}s"])
    cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def migrated_template(cursor: CursorWrapper, usual: str, rebuild: str) -> str:
    """Return the template's name; make it if there is none, and drop those of other migrations."""
    family = f"test_{usual}_template_"
    name, making = family + fingerprint(), family + "making"
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [family])
    found = {row[0] for row in cursor.fetchall()}
    for stale in found - {name}:
        drop(cursor, stale)
    if name in found and (not rebuild or made_in(cursor, name) == rebuild):
        return name
    drop(cursor, name)
    create(cursor, making)
    migrate(making, usual)
    cursor.execute(f'COMMENT ON DATABASE "{making}" IS %s', [rebuild])
    cursor.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
    return name


def fingerprint() -> str:
    """Return 16 hex digits that change with whatever a migrated database is made from: every app's migrations
    and the modules of ours that they import, Django, and how the database keeps tenants apart."""
    digest = hashlib.sha256(f"{django.VERSION} {settings.TENANT_RLS}".encode())
    migrations = [
        path for app in apps.get_app_configs() for path in sorted(Path(app.path, "migrations").glob("*.py"))
    ]
    sources = [source for path in migrations for source in [path, *imported(path)]]
    for source in [*sources, *sorted(BESIDES.glob("*.py"))]:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def imported(migration: Path) -> list[Path]:
    """Return the files of this project's own modules that a migration imports."""
    names = set[str]()
    for node in ast.walk(ast.parse(migration.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    modules = [BACKEND.joinpath(*name.split(".")) for name in sorted(names)]
    files = [file for module in modules for file in (module.with_suffix(".py"), module / "__init__.py")]
    return [file for file in files if file.is_file()]


def migrate(name: str, usual: str) -> None:
    use(name)
    try:
        call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    finally:
        use(usual)


def use(name: str) -> None:
    """Let Django's connection be to this database."""
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def made_in(cursor: CursorWrapper, name: str) -> str:
    """Return the test run that a template was made anew for."""
    cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
    row = cursor.fetchone()
    return row[0] or "" if row else ""


def copy(cursor: CursorWrapper, template: str, name: str) -> None:
    """Not STRATEGY FILE_COPY, with which the whole server writes a checkpoint, twice."""
    drop(cursor, name)
    create(cursor, name, f'TEMPLATE "{template}"')


def create(cursor: CursorWrapper, name: str, options: str = "") -> None:
    """A database whose commits do not wait for the disk: after a crash nobody wants the last of them back."""
    cursor.execute(f'CREATE DATABASE "{name}" {options}')
    cursor.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')


def drop(cursor: CursorWrapper, name: str) -> None:
    """Also if what an interrupted run has left is still connected."""
    cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
