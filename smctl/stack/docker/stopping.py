"""Containers stop and go, dependants before what they need."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from smctl.stack.docker import api
from smctl.stack.docker.api import ApiError
from smctl.stack.docker.containers import LABEL, Container

# What they need stops last: a worker that finishes its task still writes to the database.
LAST = {"db", "redis"}
DEADLINE = 90.0  # the daemon kills a container after its own stop_grace_period, at most 30 s
SOON = 2


def stop(found: Iterable[Container]) -> None:
    """Each in its own stop_grace_period. Returns when all of them have stopped."""
    everything = list(found)
    _each([container for container in everything if container.service not in LAST])
    _each([container for container in everything if container.service in LAST])


def stop_half_started(found: Iterable[Container]) -> None:
    """All at once and soon: an entrypoint that has not come to its server yet does not hear the signal."""
    _each(list(found), t=SOON)


def remove(compose_project: str, found: Iterable[Container], *, data: bool) -> None:
    """Remove containers and networks, and the volumes if `data`."""
    for container in found:
        _gone(f"/containers/{container.id}", force=1, v=1)
    filters = {"label": [f"{LABEL}project={compose_project}"]}
    for network in api.get("/networks", filters=filters):
        _gone(f"/networks/{network['Id']}")
    if data:
        for volume in api.get("/volumes", filters=filters)["Volumes"] or ():
            _gone(f"/volumes/{volume['Name']}")


def _each(found: list[Container], **query: int) -> None:
    with ThreadPoolExecutor(max_workers=max(1, len(found))) as pool:
        list(pool.map(lambda container: _stop(container, **query), found))


def _stop(container: Container, **query: int) -> None:
    try:
        api.post(f"/containers/{container.id}/stop", deadline=DEADLINE, **query)
    except ApiError as error:
        if error.status != 404:
            raise


def _gone(path: str, **query: int) -> None:
    try:
        api.delete(path, deadline=DEADLINE, **query)
    except ApiError as error:
        if error.status != 404:
            raise
