"""`smctl health` against a web server that says how it is."""

from __future__ import annotations

import json
import signal

import pytest

from smctl.project.project import Project
from smctl.stack.state import State
from tests import processes
from tests.processes import Main
from tests.sockets import free_port, replying, serving

WELL = {"status": "ok", "services": {"db": "ok", "redis": "ok", "workers": "ok"}}
DOWN = {"status": "down", "services": {"db": "ok", "redis": "down", "workers": "unknown"}}


def answer(status: str, document: object) -> bytes:
    body = json.dumps(document).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nX-Release: abc123\r\n\r\n".encode() + body


def on(project: Project, port: int) -> None:
    State("embedded", {"web": port}).save(project)


def test_a_stack_that_is_well_is_exit_0(project: Project, main: Main) -> None:
    with serving(replying(answer("200 OK", WELL))) as port:
        on(project, port)
        done = main("health", "--json")
        text = main("health").out
    assert done.code == 0
    assert {key: done.json[key] for key in ("status", "services", "http_status", "release")} == {
        "status": "ok",
        "services": WELL["services"],
        "http_status": 200,
        "release": "abc123",
    }
    assert 0 <= done.json["seconds"] < 3
    assert text.startswith("ok  db ok  redis ok  workers ok  (200 OK, ")


def test_a_stack_that_is_down_is_exit_3_with_what_is_known(project: Project, main: Main) -> None:
    with serving(replying(answer("503 Service Unavailable", DOWN))) as port:
        on(project, port)
        done = main("health", "--json")
    assert (done.code, done.json["status"], done.json["http_status"]) == (3, "down", 503)
    assert done.json["services"] == DOWN["services"]


@pytest.mark.parametrize("body", ["<html>", {"services": ["db"]}, {"services": {"db": 5}}])
def test_an_answer_that_is_not_healths_is_still_reported(body: object, project: Project, main: Main) -> None:
    with serving(replying(answer("200 OK", body))) as port:
        on(project, port)
        done = main("health", "--json")
    assert list(done.json["services"]) == ["db", "redis", "workers"]
    assert done.json["http_status"] == 200


def test_where_nothing_listens_it_is_down_with_the_reason(project: Project, main: Main) -> None:
    on(project, free_port())
    done = main("health", "--json")
    assert (done.code, done.json["status"], done.json["http_status"]) == (3, "down", None)
    assert done.json["services"] == {"db": "unknown", "redis": "unknown", "workers": "unknown"}
    assert "nothing listens" in done.json["detail"]


def test_watching_goes_on_line_by_line_until_ctrl_c(project: Project) -> None:
    with serving(replying(answer("200 OK", WELL))) as port:
        on(project, port)
        watching = processes.start("health", "--watch", "--json", cwd=project.root)
        assert watching.stdout
        lines = [json.loads(watching.stdout.readline()) for _ in range(2)]
        watching.send_signal(signal.SIGINT)
        rest, err = watching.communicate(timeout=10)
    assert [line["status"] for line in lines] == ["ok", "ok"]
    assert (watching.returncode, err) == (0, "")
