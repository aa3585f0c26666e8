"""`smctl logs`, from files on disk to lines on stdout."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from smctl.project.project import Project
from smctl.stack.embedded.logs import LogFile
from smctl.stack.embedded.places import Places
from smctl.stack.state import State
from tests import processes
from tests.processes import Main

Write = Callable[..., None]


@pytest.fixture
def write(project: Project) -> Write:
    """Lines of a service, some seconds ago. The stack was there once and is stopped."""
    Places.of(project).make()
    State("embedded", {}).save(project)

    def append(service: str, *lines: str, ago: float = 0) -> None:
        at = (datetime.now(UTC) - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        with open(Places.of(project).logs / f"{service}.log", "a", encoding="utf-8") as stream:
            stream.writelines(f"{at} {line}\n" for line in lines)

    return append


def test_the_lines_of_a_stopped_stack_are_shown_with_their_service(write: Write, main: Main) -> None:
    write("web", "one", ago=20)
    write("worker", "two", ago=10)
    done = main("logs")
    assert (done.code, done.err) == (0, "")
    assert done.out == "web    │ one\nworker │ two\n"


def test_only_the_named_services_are_shown(write: Write, main: Main) -> None:
    write("web", "one")
    write("worker", "two")
    assert main("logs", "worker").out == "worker │ two\n"


def test_json_is_one_object_a_line(write: Write, main: Main) -> None:
    write("web", "one দোকান")
    shown = json.loads(main("logs", "--json").out)
    assert (shown["service"], shown["text"]) == ("web", "one দোকান")
    assert datetime.fromisoformat(shown["at"]).tzinfo is UTC


def test_tail_and_since_leave_out_the_older_ones(write: Write, main: Main) -> None:
    write("web", "old", ago=3600)
    write("web", "new", ago=60)
    assert main("logs", "--tail", "1").out == "web    │ new\n"
    moment = (datetime.now() - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M")
    for since in ("10m", "600s", moment):
        assert main("logs", "--since", since).out == "web    │ new\n"
    for since in ("2h", "1d", "2020-01-01", "99999999d"):
        assert main("logs", "--since", since).out == "web    │ old\nweb    │ new\n"


@pytest.mark.parametrize("since", ["soon", "10", "10y", "-5m", "2026-13-01", "m"])
def test_since_has_to_be_a_time(since: str, write: Write, main: Main) -> None:
    done = main("logs", f"--since={since}", "--json")
    assert (done.code, done.error_code) == (2, "usage")
    assert since in done.json["error"]["message"]


def test_an_unknown_service_is_wrong_use_and_offers_the_nearest(write: Write, main: Main) -> None:
    done = main("logs", "wroker", "--json")
    assert (done.code, done.error_code) == (2, "no_such_service")
    assert done.json["error"]["fix"] == 'did you mean "worker"?'


def test_following_ends_with_ctrl_c_as_success(write: Write, project: Project) -> None:
    write("web", "before")
    following = processes.start("logs", "-f", cwd=project.root)
    assert following.stdout
    assert following.stdout.readline() == "web    │ before\n"
    LogFile(Places.of(project).logs / "web.log").write("after")
    assert following.stdout.readline() == "web    │ after\n"
    following.send_signal(signal.SIGINT)
    out, err = following.communicate(timeout=10)
    assert (following.returncode, out, err) == (0, "", "")


def test_following_ends_when_nobody_reads_any_more(write: Write, project: Project) -> None:
    write("web", "before")
    following = processes.start("logs", "-f", cwd=project.root)
    assert following.stdout and following.stderr
    following.stdout.readline()
    following.stdout.close()
    log, ends = LogFile(Places.of(project).logs / "web.log"), time.monotonic() + 10
    while following.poll() is None and time.monotonic() < ends:
        log.write("more")
        time.sleep(0.05)
    assert (following.wait(timeout=1), following.stderr.read()) == (0, "")
