"""The verbs over the data, the same on both engines."""

from __future__ import annotations

import os
import signal

from tests import processes
from tests.e2e.live import LiveStack, eventually

BROKEN = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL("select no_such_function()", migrations.RunSQL.noop)]
"""


def test_migrate_says_what_it_does_and_what_it_would_do(each: LiveStack) -> None:
    done = each.smctl("migrate")
    assert done.code == 0 and "No migrations to apply" in done.out, done.err
    back = each.smctl("migrate", "sessions", "zero")
    assert back.code == 0 and "Unapplying sessions.0001_initial" in back.out
    assert each.sql("select to_regclass('django_session') is null") == "t"
    planned = each.smctl("migrate", "--plan", "--json")
    assert "sessions.0001_initial" in planned.json["output"] and planned.json["seconds"] > 0
    assert each.sql("select to_regclass('django_session') is null") == "t"
    assert each.smctl("migrate", "sessions", "--quiet").code == 0
    assert each.sql("select to_regclass('django_session') is null") == "f"


def test_migrations_are_made_and_a_broken_one_is_told_with_its_reason(each: LiveStack) -> None:
    made = each.smctl("makemigrations", "accounts", "--", "--empty", "--name", "made_here")
    assert made.code == 0, made.err
    [path] = each.root.glob("backend/apps/auth/migrations/*_made_here.py")
    assert path.stat().st_uid == each.root.stat().st_uid
    try:
        path.write_text(BROKEN)
        text, document = each.smctl("migrate", "accounts"), each.smctl("migrate", "accounts", "--json")
    finally:
        path.unlink()
    assert text.code == 1 and "no_such_function" in text.err
    assert (document.code, document.error_code) == (1, "command_failed")
    assert "no_such_function" in document.json["error"]["why"]


def test_the_models_have_all_their_migrations(each: LiveStack) -> None:
    assert each.smctl("makemigrations", "--", "--check", "--dry-run").code == 0
    assert each.smctl("makemigrations", "--json").json["output"] == ["No changes detected"]


def test_a_wrong_app_is_djangos_own_refusal(each: LiveStack) -> None:
    assert each.smctl("migrate", "nosuch").code == 1
    refused = each.smctl("makemigrations", "nosuch", "--json")
    assert (refused.code, refused.error_code) == (2, "command_failed")
    assert "nosuch" in refused.json["error"]["why"]


def test_psql_reads_statements_and_gives_its_exit_status(each: LiveStack) -> None:
    done = each.smctl("psql", "--", "-XAt", stdin="select current_user, 'দোকান'")
    assert (done.code, done.out) == (0, "smartmarket|দোকান\n"), done.err
    assert each.smctl("psql", stdin="select 1").out.split() == ["?column?", "----------", "1", "(1", "row)"]
    failed = each.smctl("psql", "--", "-Xqc", "select no_such_column")
    assert failed.code == 1 and "no_such_column" in failed.err


def test_a_program_that_is_not_there_is_the_same_error(each: LiveStack) -> None:
    for service in ("web", "worker", "db", "redis"):
        done = each.smctl("--json", "run", service, "--", "nosuch", "--option")
        assert (done.code, done.error_code) == (2, "no_such_command"), done.err
        assert done.json["error"]["message"] == f"There is no program 'nosuch' in {service}."
        assert "Traceback" not in done.err
    assert each.smctl("run", "web", "--", "sh", "-c", "nosuch").code == 127


def test_the_backends_tests_run_and_leave_the_stack_as_it_is(each: LiveStack) -> None:
    before = each.sql("select count(*) from accounts_user")
    done = each.smctl("test", "backend", "--", "-k", "users", timeout=240)
    assert done.code == 0 and " passed" in done.out, done.out[-3000:] + done.err
    assert each.sql("select count(*) from accounts_user") == before
    assert each.health().status == 200


def test_a_test_that_fails_is_the_exit_status(each: LiveStack) -> None:
    path = each.root / "backend" / "tests" / "test_made_here.py"
    path.write_text("def test_that_fails():\n    assert 'these' == 'those'\n")
    try:
        text = each.smctl("test", "tests/test_made_here.py")
        document = each.smctl("test", "--json", "--", "tests/test_made_here.py", "-q")
    finally:
        path.unlink()
    assert text.code == 1 and "'these' == 'those'" in text.out
    assert document.code == 1
    assert document.json.keys() == {"suite", "exit_status", "summary", "seconds"}
    assert document.json["exit_status"] == 1 and document.json["summary"].startswith("1 failed")
    assert "'these' == 'those'" in document.err
    assert each.smctl("test", "--", "-k", "nothing_has_this_name").code == 5


def test_an_interrupted_command_does_not_go_on_behind_the_scenes(each: LiveStack) -> None:
    path = each.root / "backend" / "tests" / "test_made_here.py"
    path.write_text(
        "import pathlib, time\n\n\ndef test_that_lasts():\n"
        "    for beat in range(600):\n"
        "        pathlib.Path('beat').write_text(str(beat))\n"
        "        time.sleep(0.1)\n"
    )
    beat = each.root / "backend" / "beat"
    running = processes.start("test", "--json", "--", "tests/test_made_here.py", cwd=each.root)
    try:
        eventually(beat.exists, within=60)
        os.kill(running.pid, signal.SIGINT)
        assert running.wait(30) == 130
        eventually(lambda: _stands_still(each), within=10, every=0.5)
    finally:
        running.kill()
        path.unlink()
        beat.unlink()


def _stands_still(stack: LiveStack) -> bool:
    found = stack.smctl("run", "web", "--", "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '").out
    return "pytest tests/test_made_here.py" not in found
