"""What a person meets on the embedded engine, on a real stack."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
from pathlib import Path

import pytest

from tests import processes
from tests.e2e.live import LiveStack, eventually, made
from tests.sockets import listening

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


def test_a_part_that_failed_and_is_no_longer_wanted_is_not_waited_for(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine")
    for stack in made(tmp_path / "part", frontend=True):
        (stack.root / "frontend" / "package-lock.json").write_text("{}")
        failed = stack.smctl("up", "--engine", "embedded", "--json")
        assert (failed.code, failed.error_code) == (3, "service_failed"), failed.out
        toml = stack.root / "smctl.toml"
        toml.write_text(toml.read_text().replace("frontend = true", "frontend = false"))
        stack.up()


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


def test_data_survives_down_and_up(stack: LiveStack) -> None:
    stack.sql("create table if not exists kept (n int); insert into kept values (42)")
    stack.down()
    assert stack.own_processes() == set()
    stack.up()
    assert stack.sql("select n from kept limit 1") == "42"


def test_a_stack_that_is_down_says_so_and_how_to_start_it(stack: LiveStack) -> None:
    stack.down()
    status = stack.smctl("status", "--json")
    assert status.code == 3 and not status.json["healthy"]
    for verb in (["run", "web", "--", "true"], ["restart"]):
        done = stack.smctl(*verb, "--json") if verb == ["restart"] else stack.smctl("--json", *verb)
        assert (done.code, done.error_code, done.json["error"]["fix"]) == (3, "not_running", "smctl up")


def test_a_second_smctl_on_the_same_stack_is_told_who_holds_it(stack: LiveStack) -> None:
    stack.down()
    first = processes.start("up", cwd=stack.root)
    eventually(lambda: "smctl up" in stack.smctl("down", "--json").out or first.poll() is not None, within=5)
    second = stack.smctl("restart", "--json")
    first.wait(60)
    if second.code == 4:
        assert second.error_code == "stack_busy" and str(first.pid) in second.json["error"]["message"]


def test_interrupted_up_stops_what_it_started(stack: LiveStack) -> None:
    stack.down()
    starting = processes.start("up", cwd=stack.root)
    eventually(lambda: len(stack.own_processes()) > 3, within=10)
    starting.send_signal(signal.SIGINT)
    assert starting.wait(60) == 130
    assert eventually(lambda: stack.own_processes() == set(), within=10) < 10


def test_a_service_that_exits_is_reported_at_once_with_its_last_lines(stack: LiveStack) -> None:
    stack.down()
    wsgi = stack.root / "backend" / "smartmarket" / "wsgi.py"
    source = wsgi.read_text()
    try:
        wsgi.write_text("raise RuntimeError('no way to start')\n")
        began = time.monotonic()
        done = stack.smctl("up", "--json")
        assert done.code == 3 and done.error_code == "service_failed"
        assert "no way to start" in done.json["error"]["why"]
        assert done.json["error"]["fix"] == "smctl logs web"
        assert time.monotonic() - began < 20
    finally:
        wsgi.write_text(source)
    stack.up()


def test_a_busy_port_is_named_with_its_holder_and_another_is_taken_and_remembered(tmp_path: Path) -> None:
    for stack in made(tmp_path / "busy"):
        configured = stack.smctl("config", "--json").json["dev"]["ports"]["web"]
        with listening(port=configured):
            strict = stack.smctl("up", "--engine", "embedded", "--strict-ports", "--json")
            assert (strict.code, strict.error_code) == (3, "port_taken")
            assert f"pid {os.getpid()}" in strict.json["error"]["message"]
            done = stack.smctl("up", "--engine", "embedded")
            assert done.code == 0 and f"port {configured} is taken by" in done.err
            assert f"pid {os.getpid()}" in done.err
        moved = stack.ports["web"]
        assert moved != configured
        stack.down()
        assert stack.up()["urls"]["health"].endswith(f":{moved}/health")


def test_two_clones_run_side_by_side_and_ls_lists_both(stack: LiveStack, tmp_path: Path) -> None:
    for other in made(tmp_path / "clone"):
        (other.root / "smctl.toml").write_text((stack.root / "smctl.toml").read_text())
        assert other.up()["healthy"] and stack.health().status == 200
        assert not set(other.ports.values()) & set(stack.ports.values())
        listed = {item["root"]: item["state"] for item in stack.smctl("ls", "--json").json["stacks"]}
        assert listed[str(stack.root)] == "healthy" and listed[str(other.root)] == "healthy"


def test_a_path_with_spaces_quotes_and_bangla_letters_works_and_can_be_moved(tmp_path: Path) -> None:
    for stack in made(tmp_path / "আমার দোকান it's 100%"):
        stack.up()
        stack.sql("create table moved (n int); insert into moved values (7)")
        elsewhere = tmp_path / "moved here"
        os.rename(stack.root, elsewhere)
        stack.root, before = elsewhere, stack.root
        stack.up()
        assert stack.sql("select n from moved") == "7"
        assert not stack.strangers()
        assert not before.exists()


def test_a_very_long_path_works(tmp_path: Path) -> None:
    for stack in made(tmp_path / ("long" * 30) / "shop"):
        assert stack.up()["healthy"]


def test_umask_077_and_no_network_after_the_first_time(stack: LiveStack) -> None:
    stack.down()
    nothing = {"UV_OFFLINE": "1", "HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
    before = os.umask(0o077)
    try:
        done = processes.run("up", cwd=stack.root, env=nothing, timeout=120)
    finally:
        os.umask(before)
    assert done.code == 0, done.err


def test_data_of_another_postgresql_major_is_refused_and_not_touched(stack: LiveStack) -> None:
    stack.down()
    version = stack.root / ".smctl" / "data" / "postgres" / "PG_VERSION"
    version.write_text("17\n")
    try:
        done = stack.smctl("up", "--json")
        assert (done.code, done.error_code) == (2, "data_other_major")
        assert version.read_text() == "17\n"
    finally:
        version.write_text("18\n")


def test_an_engine_is_not_changed_behind_a_running_stack(stack: LiveStack) -> None:
    done = stack.smctl("up", "--engine", "docker", "--json")
    assert (done.code, done.error_code) == (4, "other_engine_running")


def test_a_new_key_of_env_example_is_added_with_a_note_and_nothing_is_overwritten(stack: LiveStack) -> None:
    env = stack.root / ".env"
    before = env.read_text()
    example = stack.root / ".env.example"
    example.write_text(example.read_text() + "\n# Something new.\nNEW_SETTING=7\n")
    done = stack.smctl("up")
    assert "NEW_SETTING" in done.err
    assert env.read_text() == before + "\n# Something new.\nNEW_SETTING=7\n"


def test_down_with_volumes_removes_the_data_and_up_begins_anew(tmp_path: Path) -> None:
    for stack in made(tmp_path / "again"):
        stack.up()
        stack.sql("create table gone (n int)")
        stack.down("--volumes")
        assert not (stack.root / ".smctl" / "data").exists()
        stack.up()
        assert stack.sql("select to_regclass('gone') is null") == "t"


def test_the_frontend_runs_beside_it_where_node_is_there(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine")
    for stack in made(tmp_path / "web", frontend=True):
        shown = stack.up()
        with socket.create_connection(("127.0.0.1", stack.ports["frontend"]), timeout=5):
            assert shown["urls"]["frontend"] == f"http://localhost:{stack.ports['frontend']}"
