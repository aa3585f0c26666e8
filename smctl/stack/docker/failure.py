"""A service that did not become healthy, with the evidence."""

from __future__ import annotations

import re

from smctl.errors import NotHealthy
from smctl.stack import ports
from smctl.stack.docker import logs
from smctl.stack.docker.api import ApiError
from smctl.stack.docker.containers import Container, last_health_answer

LINES = 20
# "Bind for 127.0.0.1:8000 failed: port is already allocated": another container has it.
# "listen tcp4 127.0.0.1:8000: bind: address already in use": another program.
PORT_IN_USE = re.compile(
    r":(?P<port>\d+)(?= failed: port is already allocated|: bind: address already in use)"
)


def failed(container: Container) -> NotHealthy:
    """It exited, or its health check failed: its last lines and the health check's last answer."""
    happened = "turned unhealthy" if container.state == "running" else f"stopped: {container.status}"
    return NotHealthy(
        "service_failed",
        f"{container.service} {happened}.",
        why=_evidence(container),
        fix=f"smctl logs {container.service}",
    )


def late(container: Container, detail: str) -> NotHealthy:
    return NotHealthy(
        "not_healthy_in_time",
        f"{container.service} was not healthy in time; the last probe said: {detail or container.status}.",
        why=_evidence(container),
        fix="smctl up --timeout SECONDS waits longer",
    )


def vanished(service: str) -> NotHealthy:
    return NotHealthy("service_failed", f"The container of {service} was removed meanwhile.", fix="smctl up")


def not_started(service: str, error: ApiError) -> NotHealthy:
    """The daemon refused to start the container."""
    bound = PORT_IN_USE.search(error.words)
    if bound:
        port = int(bound["port"])
        return NotHealthy(
            "port_taken",
            f"Port {port}, which {service} should have, was taken meanwhile by {ports.holder(port)}.",
            why=error.words,
            fix="smctl up chooses another one",
        )
    return NotHealthy(
        "service_failed", f"{service} could not be started.", why=error.words, fix="smctl doctor"
    )


def _evidence(container: Container) -> str:
    answer = last_health_answer(container.id)
    said = [f"health check: {answer}"] if answer else []
    return "\n".join([*logs.tail(container, LINES), *said])
