"""The Docker API, as far as a stack needs it: JSON over the daemon's socket.

The docker SDK does what streams (logs). It takes 150 ms to import, of the 200 ms that `smctl status` may
take, so what is asked often is asked here.
"""

from __future__ import annotations

import http.client
import json
import math
import socket
import sys
from typing import Any
from urllib.parse import urlencode, urlsplit

from smctl.errors import NotHealthy, SmctlError
from smctl.project.project import Project
from smctl.stack.docker import images
from smctl.stack.docker.endpoint import endpoint

VERSION = "1.44"  # of Docker Engine 25, the first with start_interval
DEADLINE = 10.0  # seconds for one answer; the daemon is on this machine


class ApiError(SmctlError):
    """The daemon said no. status: HTTP's. words: the daemon's own."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(
            "docker_failed",
            "The Docker daemon could not do it.",
            why=f"HTTP {status}: {words}",
            fix="smctl doctor engine",
        )
        self.status = status
        self.words = words


def get(path: str, *, deadline: float = DEADLINE, **query: Any) -> Any:
    return call("GET", path, query, deadline=deadline)


def post(path: str, *, deadline: float = DEADLINE, **query: Any) -> Any:
    return call("POST", path, query, deadline=deadline)


def delete(path: str, *, deadline: float = DEADLINE, **query: Any) -> Any:
    return call("DELETE", path, query, deadline=deadline)


def call(method: str, path: str, query: dict[str, Any], *, deadline: float) -> Any:
    """One request; the decoded answer. A dictionary in the query goes as JSON, as the API wants its filters.

    Raises ApiError where the daemon refuses, NotHealthy (`docker_unreachable`, `docker_too_old`) where there
    is none that could do it.
    """
    words = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in query.items()}
    target = f"/v{VERSION}{path}" + (f"?{urlencode(words)}" if words else "")
    where = endpoint()
    try:
        status, body = _exchange(where, method, target, deadline)
    except (OSError, http.client.HTTPException) as error:
        raise unreachable(where, error) from error
    if status < 400:
        return json.loads(body) if body else None
    message = _message(body)
    if status == 400 and "is too new" in message:
        raise NotHealthy(
            "docker_too_old", "Docker Engine 25 or newer is needed.", why=message, fix="update Docker"
        )
    raise ApiError(status, message)


def reachable(*, deadline: float = 1.0) -> bool:
    """True where a daemon answers within `deadline` seconds."""
    try:
        get("/version", deadline=deadline)
    except (NotHealthy, ApiError):
        return False
    return True


def images_available(project: Project, *, deadline: float = 1.5) -> bool:
    """True where every base image is on this machine, or what the daemon pulls from accepts a connection."""
    present = {tag for image in get("/images/json") for tag in image["RepoTags"] or ()}
    wanted = set(images.base_images(project.config.stack).values())
    return wanted <= present or registry_answers(get("/info"), deadline=deadline)


def registry_answers(daemon: dict[str, Any], *, deadline: float) -> bool:
    """What the daemon itself names: its proxy where it has one, else its first mirror, else its registry."""
    mirrors = (daemon.get("RegistryConfig") or {}).get("Mirrors") or []
    address = urlsplit(daemon.get("HttpsProxy") or (mirrors or [daemon["IndexServerAddress"]])[0])
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        socket.create_connection((address.hostname or "", port), timeout=deadline).close()
    except OSError:
        return False
    return True


def unreachable(where: str, error: Exception) -> NotHealthy:
    if isinstance(error, PermissionError):
        fix = "sudo usermod -aG docker $USER, then log in again; or: smctl up --engine embedded"
    elif sys.platform == "linux":
        fix = "sudo systemctl start docker, or: smctl up --engine embedded"
    else:
        fix = "start Docker Desktop, or: smctl up --engine embedded"
    words = str(error) or type(error).__name__
    return NotHealthy("docker_unreachable", "No Docker daemon answers.", why=f"{where}: {words}", fix=fix)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, deadline: float) -> None:
        super().__init__("localhost", timeout=deadline)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _exchange(where: str, method: str, target: str, deadline: float) -> tuple[int, bytes]:
    if not where.startswith("unix://"):
        return _through_sdk(where, method, target, deadline)
    connection = _UnixConnection(where.removeprefix("unix://"), deadline)
    try:
        connection.request(method, target)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _through_sdk(where: str, method: str, target: str, deadline: float) -> tuple[int, bytes]:
    """Windows' named pipe, TCP with or without TLS, ssh: slower to import, but the SDK speaks them all."""
    import docker
    import requests
    from docker.utils import kwargs_from_env

    try:
        settings = kwargs_from_env() | {"base_url": where}
        client = docker.APIClient(version=VERSION, timeout=math.ceil(deadline), **settings)
        answer = client.request(method, client.base_url + target)
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise ConnectionError(str(error)) from error
    return answer.status_code, answer.content


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", "replace").strip()
