"""The daemon's answers, and what is said when there are none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smctl.errors import NotHealthy
from smctl.project.project import Project
from smctl.stack.docker import api
from smctl.stack.docker.endpoint import endpoint
from smctl.stack.state import State
from tests.daemons import docker_daemon
from tests.processes import Main
from tests.sockets import free_port, serving

TOO_OLD = b'{"message":"client version 1.44 is too new. Maximum supported API version is 1.43"}'


@pytest.fixture
def old_daemon(tmp_path: Path) -> Iterator[str]:
    """A socket that answers like Docker Engine 24."""
    path = tmp_path / "d.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=_answer_once, args=(listener,), daemon=True).start()
        yield f"unix://{path}"


def _answer_once(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(TOO_OLD) + TOO_OLD)


@pytest.mark.docker
def test_the_daemon_answers() -> None:
    assert api.reachable()
    assert api.get("/version")["ApiVersion"]


@pytest.mark.docker
def test_a_refusal_has_the_daemons_words() -> None:
    with pytest.raises(api.ApiError) as caught:
        api.get("/containers/none-such/json")
    assert caught.value.status == 404 and "none-such" in caught.value.words


def test_a_daemon_that_fails_is_an_error_with_its_words_and_no_crash(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, project: Project, main: Main
) -> None:
    State("docker", {}).save(project)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    with docker_daemon(tmp_path / "d.sock", {"/containers/json": (500, {"message": "disk on fire"})}):
        done = main("status", "--json")
    assert (done.code, done.error_code) == (1, "docker_failed")
    assert done.json["error"]["why"] == "HTTP 500: disk on fire"


@pytest.mark.docker
def test_a_daemon_on_a_tcp_port_is_asked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, path = api.get("/version"), endpoint().removeprefix("unix://")

    def forward(connection: socket.socket) -> None:
        with socket.socket(socket.AF_UNIX) as daemon:
            daemon.connect(path)
            daemon.sendall(connection.recv(65536))
            connection.sendall(daemon.recv(65536))

    with serving(forward) as port:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{port}")
        assert api.get("/version") == wanted


def test_no_daemon_is_said_with_what_helps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert not api.reachable()
    with pytest.raises(NotHealthy) as caught:
        api.get("/version")
    assert caught.value.code == "docker_unreachable" and caught.value.exit_status == 3
    assert "none.sock" in caught.value.why and "--engine embedded" in caught.value.fix


def test_a_daemon_that_does_not_answer_is_given_up_soon(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "frozen.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        assert not api.reachable(deadline=0.2)


def test_nothing_on_a_tcp_port_is_no_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{free_port()}")
    assert not api.reachable(deadline=0.5)


def test_a_daemon_that_is_too_old_is_named_as_such(monkeypatch: pytest.MonkeyPatch, old_daemon: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", old_daemon)
    with pytest.raises(NotHealthy) as caught:
        api.get("/containers/json")
    assert caught.value.code == "docker_too_old"


@pytest.mark.docker
def test_images_that_are_here_need_no_registry(project: Project) -> None:
    assert api.images_available(project, deadline=0.001)


@pytest.mark.parametrize("key", ["IndexServerAddress", "HttpsProxy", "Mirrors"])
def test_where_images_come_from_is_asked_as_the_daemon_names_it(key: str) -> None:
    def daemon(port: int) -> dict[str, Any]:
        named: Any = f"http://127.0.0.1:{port}/v1/"
        rest = {"IndexServerAddress": "https://nowhere.invalid/"}
        return rest | ({"RegistryConfig": {"Mirrors": [named]}} if key == "Mirrors" else {key: named})

    with serving(lambda connection: None) as port:
        assert api.registry_answers(daemon(port), deadline=1)
    assert not api.registry_answers(daemon(free_port()), deadline=1)
