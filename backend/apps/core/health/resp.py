"""Redis's wire protocol, as much of it as health and metrics need.

redis-py takes longer to import than the whole project takes to start (0.4 s), and the check is needed in
the first moment of a web process.
"""

import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self, Union
from urllib.parse import parse_qs, unquote, urlsplit

Reply = Union[bytes, None, list["Reply"]]


class RespError(Exception):
    """The server refused a command; its words are the message."""


@dataclass(frozen=True)
class Address:
    """Where a Redis is and how to log in, as its URL says."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    database: int
    tls: bool
    verify: bool

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read redis://user:password@host:port/database, or rediss:// for TLS.

        Raises:
            ValueError: the URL has another scheme or no number where one belongs.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("redis", "rediss"):
            raise ValueError(f"REDIS_URL must start with redis:// or rediss://, not {parts.scheme}://")
        query = parse_qs(parts.query)
        database = parts.path.strip("/") or query.get("db", ["0"])[0]
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or 6379,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=int(database),
            tls=parts.scheme == "rediss",
            # redis-py writes "none", Celery "CERT_NONE".
            verify=not query.get("ssl_cert_reqs", ["required"])[0].lower().endswith("none"),
        )


class Connection:
    """A logged-in connection. Any error leaves it unusable: close it and open another."""

    def __init__(self, address: Address, *, deadline: float) -> None:
        """Connect, log in and choose the database before `deadline`, a time.monotonic()."""
        with ExitStack() as undo:
            raw = undo.enter_context(
                socket.create_connection((address.host, address.port), _remaining(deadline))
            )
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = undo.enter_context(_secured(raw, address))
            self._replies = undo.enter_context(self._socket.makefile("rb"))
            self._introduce(address, deadline)
            undo.pop_all()

    def _introduce(self, address: Address, deadline: float) -> None:
        commands: list[tuple[str, ...]] = []
        if address.password:
            commands.append(("AUTH", *filter(None, (address.username, address.password))))
        if address.database:
            commands.append(("SELECT", str(address.database)))
        self.pipeline(commands, deadline=deadline)

    def pipeline(self, commands: Sequence[Sequence[str]], *, deadline: float) -> list[Reply]:
        """Send all commands at once and return their replies; nil is None, a number its digits.

        Raises:
            RespError: the server refused one of them.
            TimeoutError: the deadline passed.
            OSError: the connection broke.
        """
        self._socket.settimeout(_remaining(deadline))
        self._socket.sendall(b"".join(map(_encode, commands)))
        return [self._read(deadline) for _ in commands]

    def _read(self, deadline: float) -> Reply:
        self._socket.settimeout(_remaining(deadline))
        line = self._replies.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        kind, value = line[:1], line[1:-2]
        if kind == b"-":
            raise RespError(value.decode(errors="replace"))
        if kind == b"*":
            return [self._read(deadline) for _ in range(int(value))]
        if kind != b"$":
            return value
        if value == b"-1":
            return None
        return self._replies.read(int(value) + 2)[:-2]

    def close(self) -> None:
        self._replies.close()
        self._socket.close()


class KeptConnection:
    """One connection for many questions; not for two threads at a time."""

    def __init__(self, url: str) -> None:
        self._address = Address.from_url(url)
        self._connection: Connection | None = None

    def ask(self, commands: Sequence[Sequence[str]], *, deadline: float) -> list[Reply]:
        """Return the replies. Raises what Connection.pipeline does, and gives the connection up then."""
        try:
            return self._ask_again(commands, deadline) or self._ask(commands, deadline)
        except (OSError, RespError):
            self.close()
            raise

    def _ask_again(self, commands: Sequence[Sequence[str]], deadline: float) -> list[Reply] | None:
        """Use the kept connection; None where there is none any more: Redis may have restarted since."""
        if self._connection is None:
            return None
        try:
            return self._ask(commands, deadline)
        except ConnectionError:
            self.close()
            return None

    def _ask(self, commands: Sequence[Sequence[str]], deadline: float) -> list[Reply]:
        if self._connection is None:
            self._connection = Connection(self._address, deadline=deadline)
        return self._connection.pipeline(commands, deadline=deadline)

    def close(self) -> None:
        """Give up the kept connection; the next question opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # A middleware, which keeps one, is never told that it is no longer needed.
    __del__ = close


def _encode(command: Sequence[str]) -> bytes:
    words = [word.encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def _secured(raw: socket.socket, address: Address) -> socket.socket:
    if not address.tls:
        return raw
    context = ssl.create_default_context()
    if not address.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(raw, server_hostname=address.host)


def _remaining(deadline: float) -> float:
    """Return the seconds left; zero would mean "do not block" to a socket, so it is an error instead."""
    if (seconds := deadline - time.monotonic()) <= 0:
        raise TimeoutError
    return seconds
