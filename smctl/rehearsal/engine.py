"""The Docker daemon, as far as a rehearsal needs it: short questions, log streams, and taking away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from smctl.errors import NotHealthy
from smctl.rehearsal.places import Places
from smctl.stack.docker import api
from smctl.stack.docker.api import ApiError
from smctl.stack.docker.endpoint import endpoint

if TYPE_CHECKING:
    from docker import DockerClient

CREATING = 120  # seconds for one answer; a daemon that unpacks an image meanwhile is slow
SOON = 10.0  # seconds for a container of a rehearsal that ends
STOPPING = 15.0  # seconds on top of the container's own time to stop

# What production's containers are given: nothing beyond what their image needs.
HARDENED: dict[str, Any] = {
    "init": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "log_config": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
}


@contextmanager
def client() -> Iterator[DockerClient]:
    """The SDK, for one thread. What the daemon refuses inside is raised as ApiError."""
    import docker

    made = docker.DockerClient(base_url=endpoint(), version=api.VERSION, timeout=CREATING)
    try:
        yield made
    except docker.errors.APIError as error:
        raise ApiError(error.status_code or 0, error.explanation or str(error)) from None
    finally:
        made.close()


def state(name: str) -> dict[str, Any]:
    """A container's State in the daemon's words; empty where there is no such container."""
    return dict(_inspect(name).get("State") or {})


def published(name: str, port: int) -> int:
    """The port on 127.0.0.1 that leads to this one of the container; 0 where it does not run."""
    ports = (_inspect(name).get("NetworkSettings") or {}).get("Ports") or {}
    bound = ports.get(f"{port}/tcp") or []
    return int(bound[0]["HostPort"]) if bound else 0


def follow(name: str, on_line: Callable[[str], None], from_now: bool) -> None:
    """Hand on every line that the container writes, until it ends or is removed."""
    import docker
    import requests

    rest = b""
    with client() as daemon, suppress(docker.errors.APIError, requests.RequestException, OSError):
        since = int(time.time()) if from_now else None
        frames = daemon.containers.get(name).logs(
            stream=True, follow=True, stdout=True, stderr=True, since=since
        )
        for frame in frames:
            *lines, rest = (rest + frame).split(b"\n")
            for line in lines:
                on_line(_text(line))
    if rest:
        on_line(_text(rest))


def last_lines(name: str, count: int) -> list[str]:
    with client() as daemon:
        written: bytes = daemon.containers.get(name).logs(stdout=True, stderr=True, tail=count)
    return [_text(line) for line in written.splitlines()]


def kill_container(name: str) -> None:
    with _where_it_exists():
        api.post(f"/containers/{name}/kill")


def stop_container(name: str, *, seconds: float) -> None:
    """SIGTERM, and SIGKILL after so long; nothing where it does not run."""
    with _where_it_exists():
        api.post(f"/containers/{name}/stop", deadline=seconds + STOPPING, t=round(seconds))


def remove_container(name: str) -> None:
    with _where_it_exists():
        api.delete(f"/containers/{name}", force=1, v=1, deadline=STOPPING)


def containers(places: Places) -> list[dict[str, Any]]:
    """All of this rehearsal, running or not, as the daemon lists them."""
    found: list[dict[str, Any]] = api.get("/containers/json", all=1, filters=places.filters)
    return found


def remember_image(places: Places, name: str) -> None:
    """It goes from this machine when all of the rehearsal goes."""
    with open(places.images, "a", encoding="utf-8") as names:
        names.write(f"{name}\n")


def make_network(places: Places) -> None:
    if not api.get("/networks", filters=places.filters):
        with client() as daemon:
            daemon.networks.create(places.network, driver="bridge", labels=places.labels())


def check() -> None:
    """Raises NotHealthy where no daemon answers: a rehearsal runs on nothing else."""
    try:
        api.get("/version")
    except NotHealthy as error:
        error.fix = error.fix.partition(", or:")[0].partition("; or:")[0]
        raise


def remove(places: Places, *, data: bool) -> None:
    """Every container, after it has stopped by itself where its data stays, and the network; volumes and
    images too, if `data`.
    """
    found = [each["Id"] for each in containers(places)]
    with ThreadPoolExecutor(max_workers=max(1, len(found))) as pool:
        if not data:
            list(pool.map(lambda each: stop_container(each, seconds=SOON), found))
        list(pool.map(remove_container, found))
    for network in api.get("/networks", filters=places.filters):
        with _where_it_exists():
            api.delete(f"/networks/{network['Id']}")
    if data:
        _forget_images(places)
        for volume in api.get("/volumes", filters=places.filters)["Volumes"] or ():
            with _where_it_exists():
                api.delete(f"/volumes/{volume['Name']}")


def _forget_images(places: Places) -> None:
    """Another rehearsal that uses one of them pulls it again; the registry keeps what it has."""
    if not places.images.exists():
        return
    for name in set(places.images.read_text(encoding="utf-8").split()):
        with _where_it_exists():
            api.delete(f"/images/{name}", force=1)


def _inspect(name: str) -> dict[str, Any]:
    with _where_it_exists():
        described: dict[str, Any] = api.get(f"/containers/{name}/json")
        return described
    return {}


@contextmanager
def _where_it_exists() -> Iterator[None]:
    """What is not there, or goes already, needs no doing."""
    try:
        yield
    except ApiError as error:
        if error.status not in (404, 409):
            raise


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
