"""Where stacks of the embedded engine live: ports, folders, side by side, with a frontend."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from tests.e2e.live import LiveStack, made
from tests.sockets import listening

pytestmark = pytest.mark.embedded


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


def test_the_frontend_runs_beside_it_where_node_is_there(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine")
    for stack in made(tmp_path / "web", frontend=True):
        shown = stack.up()
        with socket.create_connection(("127.0.0.1", stack.ports["frontend"]), timeout=5):
            assert shown["urls"]["frontend"] == f"http://localhost:{stack.ports['frontend']}"
