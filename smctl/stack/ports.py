"""Ports: is one free, who holds it, and which to take instead."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from smctl.errors import NotHealthy

LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


@dataclass(frozen=True)
class Moved:
    """A service that could not have its port. holder: who has it, in words."""

    service: str
    wanted: int
    taken: int
    holder: str


def is_free(port: int) -> bool:
    """Nothing listens there and we could: bound on both loopback addresses, and nobody answers a connection.

    The connection is tried as well because a listener on a wildcard address does not stop a more specific
    bind everywhere. SO_REUSEADDR, so that a port in TIME_WAIT counts as free, as it does for the servers we
    start.
    """
    return all(_can_bind(family, host, port) for family, host in LOOPBACK) and not _answers(port)


def _can_bind(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        # A machine without IPv6 has no ::1 to bind; a port below 1024 may not be ours to bind.
        return error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
    return True


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True


def holder(port: int) -> str:
    """Who listens on a port: name and pid, or as much of it as this user may see."""
    import psutil  # 25 ms, and needed only when something is in the way

    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return "another program (its name needs more rights to see)"
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
            try:
                process = psutil.Process(connection.pid)
                return f"{process.name()} (pid {connection.pid})"
            except psutil.Error:
                return f"pid {connection.pid}"
    return "another program of another user"


def choose(
    wanted: Mapping[str, int], *, own: Iterable[int], others: Mapping[int, str], strict: bool
) -> tuple[dict[str, int], list[Moved]]:
    """A port for every service: the wanted one where it is free, or ours already; else the next free one
    above.

    own: ports that this stack listens on now. others: ports that other stacks on this machine remember.
    Raises NotHealthy (`port_taken`) instead of choosing another, if strict.
    """
    mine, chosen, moved = set(own), dict[str, int](), list[Moved]()
    for service, port in wanted.items():
        doubled = [f"{name} of this stack" for name, taken_port in chosen.items() if taken_port == port]
        if not doubled and (port in mine or (port not in others and is_free(port))):
            chosen[service] = port
            continue
        who = doubled[0] if doubled else f"the stack in {others[port]}" if port in others else holder(port)
        if strict:
            raise taken(service, port, who)
        chosen[service] = _next_free(port, avoid={*others, *wanted.values(), *chosen.values()})
        moved.append(Moved(service, port, chosen[service], who))
    return chosen, moved


def _next_free(port: int, *, avoid: set[int]) -> int:
    last = min(port + 500, 65535)
    for candidate in range(port + 1, last + 1):
        if candidate not in avoid and is_free(candidate):
            return candidate
    raise NotHealthy(
        "port_taken", f"No free port between {port} and {last}.", fix="set dev.ports in smctl.toml"
    )


def taken(service: str, port: int, who: str) -> NotHealthy:
    return NotHealthy(
        "port_taken",
        f"Port {port}, which {service} should have, is taken by {who}.",
        why="--strict-ports forbids another one",
        fix=f"stop that program, or set dev.ports.{service} in smctl.toml, or leave out --strict-ports",
    )
