"""A machine as bare as it can be: no Docker daemon, so that what is found does not depend on whose it is."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from smctl.doctor import catalogue
from smctl.doctor.check import Result
from smctl.project.project import Project
from smctl.stack.embedded.places import Places
from smctl.stack.state import State

Find = Callable[[str], Result]
Daemon = Callable[[dict[str, Any]], None]
Supervisor = Callable[..., None]


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@pytest.fixture(autouse=True)
def no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")


@pytest.fixture
def find(project: Project) -> Find:
    """What one check finds in the project, as it is now."""

    def run(check_id: str) -> Result:
        (check,) = catalogue.select([check_id])
        return check.run(Project(project.root))

    return run


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Daemon]:
    """Start a Docker daemon that answers these paths, by their end, and 404 to others."""
    servers = list[UnixServer]()

    def start(answers: dict[str, Any]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                found = [answer for end, answer in answers.items() if path.endswith(end)]
                status, body = found[0] if found else (404, {"message": "no such path"})
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def address_string(self) -> str:
                return "unix"

            def log_message(self, format: str, *args: object) -> None:
                """The test's own output stays readable."""

        servers.append(_serving(tmp_path / "docker.sock", Handler))
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def supervisor(project: Project) -> Iterator[Supervisor]:
    """Start a supervisor of the project's stack that tells of these services, each well unless said otherwise."""
    servers = list[UnixServer]()

    def start(**services: dict[str, Any]) -> None:
        well = {"state": "running", "health": "ok", "port": None, "detail": "answers"}
        answer = {
            "services": [{"name": name, **well, **other} for name, other in services.items()],
            "end": True,
        }

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.rfile.readline()
                self.wfile.write(json.dumps(answer).encode() + b"\n")

        places = Places.of(project)
        places.make()
        State("embedded", {}).save(project)
        servers.append(_serving(places.socket, Handler))

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _serving(path: Path, handler: type[socketserver.BaseRequestHandler]) -> UnixServer:
    server = UnixServer(str(path), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server
