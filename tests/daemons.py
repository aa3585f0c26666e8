"""Daemons as small as they can be, on the sockets where smctl looks for the real ones."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from smctl.project.project import Project
from smctl.stack.embedded.places import Places
from smctl.stack.state import State


@contextmanager
def docker_daemon(path: Path, answers: Mapping[str, tuple[int, Any]]) -> Iterator[None]:
    """A Docker daemon: status and body by the end of the path that is asked for; 404 for any other."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.path.partition("?")[0]
            found = [answer for end, answer in answers.items() if asked.endswith(end)]
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

    with _serving(path, Handler):
        yield


@contextmanager
def supervisor(project: Project, **services: Mapping[str, Any]) -> Iterator[None]:
    """A supervisor of the project that tells of these services, each well unless said otherwise."""
    well = {"state": "running", "health": "ok", "port": None, "detail": "answers"}
    told = [{"name": name, **well, **other} for name, other in services.items()]

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(json.dumps({"services": told, "end": True}).encode() + b"\n")

    places = Places.of(project)
    places.make()
    State("embedded", {name: item["port"] for name, item in services.items() if "port" in item}).save(project)
    with _serving(places.socket, Handler):
        yield


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def _serving(path: Path, handler: type[socketserver.BaseRequestHandler]) -> Iterator[None]:
    with _Server(str(path), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield
        server.shutdown()
