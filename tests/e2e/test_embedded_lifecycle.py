"""Starting and stopping on the embedded engine: what stays, what is refused, what is said."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests import processes
from tests.e2e.live import LiveStack, eventually, made

pytestmark = pytest.mark.embedded


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
