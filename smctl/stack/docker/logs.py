"""Log lines of several containers as one stream, in the order of their time."""

from __future__ import annotations

import heapq
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from smctl.stack.docker.containers import Container
from smctl.stack.docker.endpoint import endpoint
from smctl.stack.services import LogLine

if TYPE_CHECKING:
    from docker import DockerClient

RESTART_POLL = 0.5  # seconds between two looks for a container that comes back

Containers = Mapping[str, Container]


def tail(container: Container, lines: int) -> list[str]:
    """The last lines of one container."""
    return [line.text for line in _so_far(_client(), container, None, lines)]


def merged(found: Containers, *, since: float | None, lines: int | None) -> Iterator[LogLine]:
    """What has been logged so far. since: seconds since the epoch. lines: at most so many of each service."""
    client = _client()
    yield from heapq.merge(
        *(_so_far(client, container, since, lines) for container in found.values()), key=lambda line: line.at
    )


def followed(
    look: Callable[[], Containers], services: Sequence[str], *, since: float | None, lines: int | None
) -> Iterator[LogLine]:
    """What has been logged so far, then every line as it comes, until none of the services has a container.

    look: the containers as they are now; a service that comes back, restarted or remade, is followed again.
    """
    arrivals: queue.Queue[LogLine | None] = queue.Queue()
    last = dict.fromkeys(services, "")
    found = {service: container for service, container in look().items() if service in services}
    for line in merged(found, since=since, lines=lines):
        last[line.service] = line.at
        yield line
    for service in found:
        threading.Thread(target=_follow, args=(look, service, last[service], arrivals), daemon=True).start()
    ended = 0
    while ended < len(found):
        arrived = arrivals.get()
        if arrived is None:
            ended += 1
        else:
            yield arrived


def _follow(
    look: Callable[[], Containers], service: str, after: str, arrivals: queue.Queue[LogLine | None]
) -> None:
    """Feed one service's new lines into the queue until it has no container any more; then None."""
    client = _client()
    container = look().get(service)
    while container:
        for line in _stream(client, container, after):
            after = line.at
            arrivals.put(line)
        container = _next(look, service)
    arrivals.put(None)


def _next(look: Callable[[], Containers], service: str) -> Container | None:
    """The service's container once it runs (again); None when it is gone."""
    while (container := look().get(service)) and container.state != "running":
        time.sleep(RESTART_POLL)
    return container


def _stream(client: DockerClient, container: Container, after: str) -> Iterator[LogLine]:
    """Lines later than `after`, as they come, until the container stops."""
    since = _seconds(after) if after else int(time.time())
    frames = client.containers.get(container.id).logs(
        stream=True, follow=True, timestamps=True, stdout=True, stderr=True, since=since
    )
    rest = b""
    for frame in frames:
        *complete, rest = (rest + frame).split(b"\n")
        for raw in complete:
            line = _line(container.service, raw)
            if line.at > after:
                yield line


def _so_far(
    client: DockerClient, container: Container, since: float | None, lines: int | None
) -> list[LogLine]:
    raw: bytes = client.containers.get(container.id).logs(
        timestamps=True, stdout=True, stderr=True, tail="all" if lines is None else lines, since=since
    )
    return [_line(container.service, line) for line in raw.splitlines()]


def _line(service: str, raw: bytes) -> LogLine:
    """From "2026-11-22T19:12:21.123456789Z text"; the fixed width makes these times sort as text."""
    at, _, text = raw.decode("utf-8", "replace").partition(" ")
    return LogLine(service, at, text.rstrip("\r"))


def _seconds(at: str) -> int:
    import datetime

    return int(datetime.datetime.fromisoformat(at[:19] + "+00:00").timestamp())


def _client() -> DockerClient:
    import docker

    return docker.DockerClient(base_url=endpoint())
