"""Live probes through the published ports: what docker knows may be a whole interval old."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from smctl.stack import probes
from smctl.stack.docker.containers import Container, published
from smctl.stack.probes import Answer
from smctl.stack.services import Health, ServiceState, State

PROBES = {"web": probes.web, "db": probes.postgres, "redis": probes.redis, "frontend": probes.frontend}
STATES: dict[str, State] = {
    "running": "running",
    "paused": "running",
    "restarting": "starting",
    "created": "stopped",
    "removing": "stopped",
}
ALWAYS = ("db", "redis", "web", "worker")  # the frontend is there only where it was asked for
KNOWN = (*ALWAYS, "frontend")


def of(container: Container, ports: Mapping[str, int], *, deadline: float) -> Answer:
    """What the service says now. Where it has no port of its own, docker's last health check has to do."""
    if container.state != "running":
        return Answer(False, container.status)
    if container.service == "worker" and "redis" in ports:
        return probes.worker(ports["redis"], deadline=deadline)
    if container.service in PROBES and container.port:
        return PROBES[container.service](container.port, deadline=deadline)
    return Answer(container.health in ("healthy", "none"), container.status)


def forget_heartbeat(redis_port: int) -> None:
    """Redis keeps the last heartbeat, over a restart of its own too; what is seen after this is news."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", redis_port), timeout=1.0) as connection:
        connection.sendall(b"DEL %s\r\n" % probes.WORKER_HEARTBEAT_KEY)
        connection.recv(16)


def states(found: Mapping[str, Container], *, deadline: float) -> list[ServiceState]:
    """Every service, probed at the same time; an empty list where there is no container at all."""
    if not found:
        return []
    ports = published(found)
    with ThreadPoolExecutor(max_workers=len(found)) as pool:
        said = dict(zip(found, pool.map(lambda one: of(one, ports, deadline=deadline), found.values())))
    order = [*ALWAYS, *(service for service in found if service not in ALWAYS)]
    return [
        _state(service, found[service], said[service]) if service in found else _missing(service)
        for service in order
    ]


def _state(service: str, container: Container, answer: Answer) -> ServiceState:
    state: State = STATES.get(container.state, "exited")
    if container.status.startswith("Exited (0)"):
        state = "stopped"
    return ServiceState(service, state, _health(container, answer), container.port, answer.detail)


def _health(container: Container, answer: Answer) -> Health:
    if answer.ok:
        return "ok"
    if container.state == "running" and container.health == "starting":
        return "starting"
    return "failing" if container.state in ("running", "paused", "restarting") else "none"


def _missing(service: str) -> ServiceState:
    return ServiceState(service, "stopped", "none", None, "it has no container")
