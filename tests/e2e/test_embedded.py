"""A stack that runs on the embedded engine: what it serves, what it keeps to itself, the verbs on it."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests import processes
from tests.e2e.live import LiveStack, eventually

pytestmark = pytest.mark.embedded


def test_up_gives_a_stack_that_is_healthy_migrated_and_seeded(stack: LiveStack) -> None:
    health = stack.health()
    assert health.status == 200
    assert health.json == {"status": "ok", "services": {"db": "ok", "redis": "ok", "workers": "ok"}}
    assert "X-Release" in health.headers
    assert stack.sql("select email from accounts_user") == "demo@example.com"
    for page in ("/api/", "/api/docs/", "/api/redoc/", "/admin/login/"):
        assert stack.get(page).status == 200, page


def test_the_worker_executes_tasks(stack: LiveStack) -> None:
    done = stack.manage("ping_worker", "--count", "3")
    assert done.code == 0 and "3 of 3" in done.out


def test_json_of_up_status_and_health_has_the_keys_that_scripts_depend_on(stack: LiveStack) -> None:
    up, status = stack.up(), stack.smctl("status", "--json").json
    for shown in (up, status):
        assert {"project", "engine", "healthy", "services", "urls", "login"} <= shown.keys()
        assert {"api", "docs", "redoc", "admin", "health", "frontend"} == shown["urls"].keys()
        assert {"name", "state", "health", "port", "url"} <= shown["services"][0].keys()
        assert [service["name"] for service in shown["services"]] == ["db", "redis", "web", "worker"]
    assert {"seconds", "phases"} <= up.keys()
    health = stack.smctl("health", "--json").json
    assert {"status", "services", "http_status", "seconds", "release"} <= health.keys()
    assert health["status"] == "ok" and health["services"].keys() == {"db", "redis", "workers"}


def test_up_again_changes_nothing_and_says_the_same(stack: LiveStack) -> None:
    before = {name: stack.pid(name) for name in ("supervisor", "db", "redis", "web", "worker")}
    again = stack.up()
    assert again["phases"] == []
    assert before == {name: stack.pid(name) for name in before}


def test_the_demo_user_can_log_in_to_nothing_with_another_stacks_password(stack: LiveStack) -> None:
    code = "from django.contrib.auth import authenticate as a; import os; "
    code += "print(a(username='demo@example.com', password=os.environ['DEMO_PASSWORD']) is not None, "
    code += "a(username='demo@example.com', password='demo') is None)"
    assert stack.manage("shell", "-c", code).out.strip().endswith("True True")


def test_no_secret_is_in_a_process_list_or_a_log(stack: LiveStack) -> None:
    secrets = [
        line.partition("=")[2]
        for line in (stack.root / ".env").read_text().splitlines()
        if line.startswith(("DJANGO_SECRET_KEY", "POSTGRES_PASSWORD", "DEMO_PASSWORD"))
    ]
    assert len(secrets) == 3 and all(secrets)
    shown = "".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in stack.own_processes())
    shown += "".join(path.read_text() for path in (stack.root / ".smctl" / "logs").glob("*.log"))
    assert not [secret for secret in secrets if secret in shown]


def test_everything_listens_on_loopback_only(stack: LiveStack) -> None:
    import psutil

    family = psutil.Process(stack.pid("supervisor")).children(recursive=True)
    listeners = [c.laddr.ip for p in family for c in p.net_connections(kind="inet") if c.status == "LISTEN"]
    assert listeners and set(listeners) <= {"127.0.0.1", "::1"}


def test_state_is_private_whatever_the_umask(stack: LiveStack) -> None:
    for path in (stack.root / ".smctl", stack.root / ".smctl" / "run", stack.root / ".smctl" / "data"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert (stack.root / ".env").stat().st_mode & 0o077 == 0


def test_closing_the_terminal_changes_nothing(stack: LiveStack) -> None:
    for service in ("supervisor", "db", "redis", "web", "worker"):
        pid = stack.pid(service)
        assert os.getsid(pid) != os.getsid(0), f"{service} would get the terminal's hang-up"


def test_a_command_run_in_a_service_passes_on_its_streams_and_exit_status(stack: LiveStack) -> None:
    script = "import sys; print(sys.stdin.read()); sys.exit(7)"
    done = stack.smctl("run", "web", "--", "python", "-c", script, stdin="hello")
    assert (done.code, done.out.strip()) == (7, "hello")


def test_ctrl_c_is_the_commands_own(stack: LiveStack) -> None:
    script = "import signal, time; signal.signal(2, lambda *_: print('mine', flush=True)); "
    script += "print('ready', flush=True); time.sleep(1.5); print('end', flush=True)"
    running = processes.start("run", "web", "--", "python", "-c", script, cwd=stack.root)
    assert running.stdout and running.stdout.readline() == "ready\n"
    os.killpg(running.pid, signal.SIGINT)
    out, _ = running.communicate(timeout=20)
    assert (running.returncode, out) == (0, "mine\nend\n")


def test_logs_are_merged_filtered_and_followed(stack: LiveStack) -> None:
    shown = [json.loads(line) for line in stack.smctl("logs", "--json", "--tail", "5").out.splitlines()]
    assert {line["service"] for line in shown} == {"db", "redis", "web", "worker"}
    assert [line["at"] for line in shown] == sorted(line["at"] for line in shown)
    follow = processes.start("logs", "-f", "web", "--tail", "0", "--json", cwd=stack.root)
    try:
        time.sleep(0.5)
        stack.get("/api/looking-for-this")
        assert follow.stdout
        assert any("looking-for-this" in follow.stdout.readline() for _ in range(20))
    finally:
        follow.send_signal(signal.SIGINT)
        assert follow.wait(10) == 0


def test_restart_gives_a_new_process_and_keeps_the_others(stack: LiveStack) -> None:
    web, worker = stack.pid("web"), stack.pid("worker")
    assert stack.smctl("restart", "worker").code == 0
    assert stack.pid("worker") != worker and stack.pid("web") == web
    assert stack.health().status == 200


def test_nobody_is_refused_while_web_restarts(stack: LiveStack) -> None:
    restarting = processes.start("restart", "web", cwd=stack.root)
    answers = []
    while restarting.poll() is None:
        answers.append(stack.get("/health/live", deadline=10).status)
    assert restarting.returncode == 0
    assert answers and set(answers) == {200}


def test_an_edit_is_served_and_reaches_the_worker(stack: LiveStack) -> None:
    view, worker = stack.root / "backend" / "apps" / "core" / "views.py", stack.pid("worker")
    source = view.read_text()
    try:
        view.write_text(source + "\nMARK = 1\n")
        eventually(lambda: stack.pid("worker") != worker, within=10)
        eventually(lambda: stack.health().status == 200, within=20)
    finally:
        view.write_text(source)
        time.sleep(0.5)


def test_a_broken_edit_shows_its_error_and_a_mended_one_is_served_at_once(stack: LiveStack) -> None:
    apps = stack.root / "backend" / "apps" / "core" / "apps.py"
    source = apps.read_text()
    try:
        apps.write_text(source + "\nraise RuntimeError('an edit went wrong')\n")
        eventually(lambda: "an edit went wrong" in stack.get("/api/").body, within=15)
        assert stack.get("/api/").status == 503
    finally:
        apps.write_text(source)
    eventually(lambda: stack.get("/api/").status == 200, within=15)
