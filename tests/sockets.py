"""Real sockets on loopback: free ports, listeners, and tiny servers that answer, or do not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now, each another one. Held together while they are looked for."""
    with ExitStack() as held:
        return [_port(held.enter_context(socket.create_server(("127.0.0.1", 0)))) for _ in range(count)]


def free_port() -> int:
    return free_ports(1)[0]


@contextmanager
def listening(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Something listens there, and never accepts. Yields its port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        yield _port(listener)


@contextmanager
def serving(converse: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that holds this conversation with each client and then hangs up. Yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=_accept, args=(listener, converse), daemon=True)
        accepting.start()
        yield _port(listener)
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join(timeout=5)


def replying(reply: bytes) -> Callable[[socket.socket], None]:
    """The conversation of a server that answers these bytes to whatever it is asked."""

    def converse(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(reply)

    return converse


def _accept(listener: socket.socket, converse: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                converse(connection)
            except ConnectionError:
                continue


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])
