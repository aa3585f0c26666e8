"""Real sockets on loopback: free ports, listeners, and tiny servers that answer, or do not."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Below what Linux and macOS give to outgoing connections and to listeners on port 0, so that a port which is
# free stays free until the test uses it, whatever the tests beside it do.
RANGE = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now, each another one."""
    ports: list[int] = []
    while len(ports) < count:
        port = random.choice(RANGE)
        if port not in ports and _nobody_listens_on(port):
            ports.append(port)
    return ports


def _nobody_listens_on(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


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
