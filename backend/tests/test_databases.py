"""The tests' own databases, in processes as a test run has them, under names of their own on the server."""

import os
import signal
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection
from pytest import MonkeyPatch
from pytest_django import Settings

from tests.support import databases
from tests.support.processes import environment, python, running, wait_until

pytestmark = pytest.mark.django_db

COPYING = "tests.support.copying"


@pytest.fixture
def name() -> Iterator[str]:
    """A project's name that nobody else on the server has; what was made under it is gone afterwards."""
    name = f"shop_{uuid.uuid4().hex[:8]}"
    yield name
    with databases.maintenance() as cursor:
        for left in found(name):
            databases.drop(cursor, left)


@pytest.fixture
def env(name: str) -> dict[str, str]:
    """The environment of a test run of the project of that name."""
    server = {**connection.settings_dict, "NAME": name}
    address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**server)
    return environment(DJANGO_SETTINGS_MODULE="tests.settings", DATABASE_URL=address)


def found(name: str) -> list[str]:
    """The test databases of the project of that name."""
    with databases.maintenance() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"test_{name}"])
        return sorted(row[0] for row in cursor.fetchall())


def template(name: str) -> str:
    return f"test_{name}_template_{databases.fingerprint()}"


@pytest.fixture
def migrated(name: str) -> None:
    """A template is there already, which is quicker than to migrate one: a copy of that of this run."""
    with databases.maintenance() as cursor, databases.locked(cursor):
        suffix = template("").removeprefix("test_")
        cursor.execute("SELECT datname FROM pg_database WHERE right(datname, %s) = %s", [len(suffix), suffix])
        databases.copy(cursor, cursor.fetchall()[0][0], template(name))


def copying(env: dict[str, str], *arguments: str) -> list[str]:
    """What a process of a run says."""
    outcome = python("-m", COPYING, *arguments, env=env)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout.splitlines()


def test_this_run_is_on_a_migrated_copy_without_the_rights_of_a_superuser() -> None:
    assert str(connection.settings_dict["NAME"]).startswith("test_")
    assert "django_migrations" in connection.introspection.table_names()
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


def test_the_second_run_migrates_nothing_and_sees_nothing_of_the_first(
    name: str, env: dict[str, str]
) -> None:
    first = copying(env, "--sql", "CREATE TABLE left_behind (n int); SELECT current_database()")
    assert "migrated 1" in first and first[-1] == f"copy: test_{name}"
    assert found(name) == [template(name)]
    second = copying(env, "--sql", "SELECT to_regclass('left_behind') IS NULL")
    assert second == ["copy: True"]


def test_processes_that_begin_together_make_one_template(name: str, env: dict[str, str]) -> None:
    processes = ["gw0", "gw1", "gw2"]
    with ThreadPoolExecutor(max_workers=len(processes)) as pool:
        said = list(pool.map(lambda process: copying(env, "--process", process), processes))
    assert [lines[-1] for lines in said] == [f"copy: test_{name}_{process}" for process in processes]
    assert sum("migrated 1" in lines for lines in said) == 1
    assert found(name) == [template(name)]


def test_what_a_killed_run_has_left_half_migrated_is_never_used(
    name: str, env: dict[str, str], log_file: Path
) -> None:
    with running(COPYING, "--halt-after", "2", env=env, log=log_file) as process:
        wait_until(lambda: "migrated 2" in log_file.read_text(), seconds=25)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert found(name) == [f"test_{name}_template_making"]
    assert "migrated 1" in copying(env)
    assert found(name) == [template(name)]


def test_a_copy_that_a_killed_run_has_left_is_replaced(
    name: str, env: dict[str, str], migrated: None, log_file: Path
) -> None:
    leave = ["--hold", "--sql", "CREATE TABLE left_behind (n int); SELECT 1"]
    with running(COPYING, *leave, env=env, log=log_file) as process:
        wait_until(lambda: "copy: 1" in log_file.read_text(), seconds=25)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert f"test_{name}" in found(name)
    assert copying(env, "--sql", "SELECT to_regclass('left_behind') IS NULL") == ["copy: True"]


def test_two_runs_at_once_do_not_take_each_others_database(
    name: str, env: dict[str, str], migrated: None, log_file: Path
) -> None:
    with running(COPYING, "--hold", env=env, log=log_file):
        wait_until(lambda: f"copy: test_{name}" in log_file.read_text(), seconds=25)
        refused = python("-m", COPYING, env=env)
        assert refused.returncode != 0
        assert f"Another run of the tests works on test_{name}." in refused.stderr
        assert copying(env, "--process", "gw0") == [f"copy: test_{name}_gw0"]


def test_templates_of_other_migrations_are_dropped_and_those_of_other_projects_are_not(
    name: str, env: dict[str, str], migrated: None
) -> None:
    others = [f"test_{name}_template_0123456789abcdef", f"test_{name}er_template_0123456789abcdef"]
    with databases.maintenance() as cursor:
        for other in others:
            cursor.execute(f'CREATE DATABASE "{other}"')
    copying(env)
    assert found(name) == sorted([template(name), others[1]])


def test_a_run_that_asks_for_it_makes_the_template_anew_once(
    name: str, env: dict[str, str], migrated: None
) -> None:
    assert "migrated 1" in copying(env, "--rebuild", "run 1", "--process", "gw0")
    assert copying(env, "--rebuild", "run 1", "--process", "gw1") == [f"copy: test_{name}_gw1"]
    assert "migrated 1" in copying(env, "--rebuild", "run 2")
    assert copying(env) == [f"copy: test_{name}"]


def test_a_template_is_of_its_migrations_and_of_what_they_import(
    tmp_path: Path, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BACKEND", tmp_path)
    migration, module = tmp_path / "0002_fences.py", tmp_path / "apps" / "core" / "fences.py"
    module.parent.mkdir(parents=True)
    module.write_text("SQL = ''\n")
    for line in (
        "from apps.core.fences import SQL",
        "from apps.core import fences",
        "import apps.core.fences",
    ):
        migration.write_text(f"from django.db import migrations\n\n{line}\n")
        assert databases.imported(migration) == [module]
    (module.parent / "__init__.py").touch()
    migration.write_text("from apps.core import fences")
    assert databases.imported(migration) == [module.parent / "__init__.py", module]


def test_a_template_is_of_its_django_and_of_how_tenants_are_kept_apart(
    tmp_path: Path, monkeypatch: MonkeyPatch, settings: Settings
) -> None:
    usual = databases.fingerprint()
    assert usual == databases.fingerprint() and len(usual) == 16
    with monkeypatch.context() as patch:
        patch.setattr("django.VERSION", (4, 2, 99, "final", 0))
        assert databases.fingerprint() != usual
    with monkeypatch.context() as patch:
        patch.setattr(databases, "BESIDES", tmp_path)
        assert databases.fingerprint() != usual
    settings.TENANT_RLS = not settings.TENANT_RLS
    assert databases.fingerprint() != usual
