"""Is a service there and answering? One short conversation each, over loopback, with a deadline.

Each speaks the service's own protocol, because a port that accepts is not yet a server that answers: a frozen
process still accepts connections. Nothing here needs a driver, so that a probe costs milliseconds.
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

DEADLINE = 1.5  # seconds, for one probe; `/health` itself answers within 1.2 s whatever hangs
WORKER_HEARTBEAT_KEY = (
    b"smartmarket:worker:heartbeat"  # set by the worker's own event loop, gone when it stops
)


HUNG_UP = "closed the connection without an answer"


@dataclass(frozen=True)
class Answer:
    """ok: the service answered as it should. detail: what it said, or why it did not."""

    ok: bool
    detail: str


def answered(talk: Callable[[], Answer], where: str) -> Answer:
    """Run one conversation; connection errors become answers in words."""
    try:
        return talk()
    except TimeoutError:
        return Answer(False, f"no answer from {where}")
    except ConnectionRefusedError:
        return Answer(False, f"nothing listens on {where}")
    except (OSError, http.client.HTTPException) as error:
        return Answer(False, f"{where}: {error or type(error).__name__}")


def postgres(port: int, *, deadline: float = DEADLINE) -> Answer:
    """Send a StartupMessage; a server that is ready asks for authentication.

    https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-START-UP: 'R' is an authentication
    request, 'E' with SQLSTATE 57P03 (cannot_connect_now) a server that is still starting or is shutting down.
    """

    def talk() -> Answer:
        parameters = b"user\0probe\0database\0postgres\0\0"
        message = struct.pack("!ii", 8 + len(parameters), 196608) + parameters
        with socket.create_connection(("127.0.0.1", port), timeout=deadline) as connection:
            connection.sendall(message)
            reply = connection.recv(512)
        if reply[:1] == b"R":
            return Answer(True, "accepts connections")
        if reply[:1] == b"E":
            return Answer(b"57P03" not in reply, _postgres_message(reply))
        return Answer(False, "does not talk like PostgreSQL" if reply else HUNG_UP)

    return answered(talk, f"127.0.0.1:{port}")


def _postgres_message(reply: bytes) -> str:
    fields = [part[1:] for part in reply[5:].split(b"\0") if part[:1] == b"M"]
    return fields[0].decode("utf-8", "replace") if fields else "error without a message"


def redis(port: int, *, deadline: float = DEADLINE) -> Answer:
    """PING; a server that is loading its file answers -LOADING."""

    def talk() -> Answer:
        reply = _redis_command(port, b"PING", deadline=deadline)
        words = reply.decode("utf-8", "replace").strip().lstrip("+-")
        return Answer(reply == b"+PONG\r\n", words or HUNG_UP)

    return answered(talk, f"127.0.0.1:{port}")


def worker(redis_port: int, *, node: str = "", deadline: float = DEADLINE) -> Answer:
    """The heartbeat that the worker's event loop keeps in redis; its time to live is the patience.

    node: only this worker's heartbeat counts, by the beginning of its node name; "" for any.
    """

    def talk() -> Answer:
        reply = _redis_command(redis_port, b"GET", WORKER_HEARTBEAT_KEY, deadline=deadline)
        length, _, name = reply.partition(b"\r\n")
        if length == b"$-1":
            return Answer(False, "no heartbeat yet")
        if not length.startswith(b"$"):
            return Answer(False, length.decode("utf-8", "replace").lstrip("-") or HUNG_UP)
        if not name.startswith(node.encode()):
            return Answer(False, "only the heartbeat of the worker before it")
        return Answer(True, "heartbeat seen")

    return answered(talk, f"redis 127.0.0.1:{redis_port}")


def _redis_command(port: int, *words: bytes, deadline: float) -> bytes:
    message = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
    with socket.create_connection(("127.0.0.1", port), timeout=deadline) as connection:
        connection.sendall(message)
        return connection.recv(512)


@dataclass(frozen=True)
class HttpAnswer:
    """status: 0 where there was no answer. body: at most 64 KiB. release: the X-Release header."""

    status: int
    body: str
    release: str
    detail: str


class _Reader(io.RawIOBase):
    """What a socket says until a moment, however slowly: a socket's own time-out is one of each read."""

    def __init__(self, connection: socket.socket, ends: float) -> None:
        self._connection = connection
        self._ends = ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)


def get(host: str, port: int, path: str, *, secure: bool = False, deadline: float = DEADLINE) -> HttpAnswer:
    """One GET without redirects."""
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(host, port, timeout=deadline)
    try:
        connection.request("GET", path, headers={"User-Agent": "smctl", "Accept": "text/html, */*"})
        reader = _Reader(connection.sock, time.monotonic() + deadline)
        response = http.client.HTTPResponse(cast(socket.socket, reader), method="GET")
        response.begin()
        body = response.read(65536).decode("utf-8", "replace")
        return HttpAnswer(
            response.status, body, response.getheader("X-Release", ""), f"{response.status} {response.reason}"
        )
    except TimeoutError:
        return HttpAnswer(0, "", "", f"no answer from {host}:{port} in {deadline:g} s")
    except ConnectionRefusedError:
        return HttpAnswer(0, "", "", f"nothing listens on {host}:{port}")
    except (OSError, http.client.HTTPException) as error:
        return HttpAnswer(0, "", "", f"{host}:{port}: {error or type(error).__name__}")
    finally:
        connection.close()


def web(port: int, *, deadline: float = DEADLINE) -> Answer:
    """The web process serves. What it needs has probes of its own, so this asks /health/live only."""
    answer = get("127.0.0.1", port, "/health/live", deadline=deadline)
    return Answer(answer.status == 200, answer.detail)


def frontend(port: int, *, deadline: float = DEADLINE) -> Answer:
    answer = get("127.0.0.1", port, "/", deadline=deadline)
    return Answer(answer.status == 200, answer.detail)


def stack_health(port: int, *, deadline: float = DEADLINE) -> tuple[HttpAnswer, dict[str, str]]:
    """GET /health of the stack on this machine, and its services; as `health` does."""
    return health(f"http://127.0.0.1:{port}", deadline=deadline)


def health(url: str, *, deadline: float = DEADLINE) -> tuple[HttpAnswer, dict[str, str]]:
    """GET /health, and its services: {"db": "ok", …}; empty where the answer is not /health's."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    answer = get(parts.hostname or "", port, "/health", secure=secure, deadline=deadline)
    try:
        services = json.loads(answer.body)["services"]
    except (ValueError, KeyError, TypeError, RecursionError):
        services = {}
    return answer, services if isinstance(services, dict) else {}
