"""The runner on Docker: every release is a container of the image that production would run.

A container's name and labels say which release of which service it is, so what a rehearsal that was killed
has left is found again: start() takes over one that still runs.
"""

from __future__ import annotations

import http.client
import secrets
import threading
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from smctl.rehearsal import engine
from smctl.rehearsal.places import LABEL, Places
from smctl.rehearsal.proxy import Proxy, Target
from smctl.rehearsal.runner import OnLine, PullFailed, Workload
from smctl.stack.docker.api import ApiError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

PORT = 10000  # what Render tells a web service to listen on, unless its variables say another
HEALTH_DEADLINE = 5.0  # seconds, Render's
TIME_WAS_UP = 124  # as timeout(1) says it
KILLED = 137  # 128 + SIGKILL, what a container that somebody removed counts as
LAST_LINES = 5.0  # seconds to wait for the log of a container that has ended


class DockerRunner:
    """host: the Host header of health checks, as production has it."""

    def __init__(self, places: Places, proxy: Proxy, *, host: str) -> None:
        self._places = places
        self._proxy = proxy
        self._host = host

    def pull(self, image: str) -> str:
        engine.remember_image(self._places, image)
        try:
            with engine.client() as client:
                pulled = client.images.pull(image)
        except ApiError as error:
            raise PullFailed(error.words) from None
        digests = [word.partition("@")[2] for word in pulled.attrs.get("RepoDigests") or ()]
        return digests[0] if digests else str(pulled.id)

    def once(self, workload: Workload, command: str, *, seconds: float, on_line: OnLine) -> int:
        import requests

        name = self._places.container(workload.service, workload.id, "once", secrets.token_hex(3))
        settings = self._settings(workload, name, "once")
        try:
            with engine.client() as client:
                container = self._created(client, workload.image, ["sh", "-c", command], settings)
                container.start()
                log = self._follow(name, on_line)
                try:
                    status = int(container.wait(timeout=seconds)["StatusCode"])
                except requests.RequestException:
                    status = TIME_WAS_UP
                    engine.kill_container(name)
            log.join(LAST_LINES)
        finally:
            engine.remove_container(name)
        return status

    def start(self, workload: Workload, *, on_line: OnLine) -> None:
        name = self._name(workload)
        if self.exit_status(workload) is None:
            self._follow(name, on_line, from_now=True)
            return
        engine.remove_container(name)
        settings = self._settings(workload, name, "release")
        if workload.kind == "web":
            settings["ports"] = {f"{_port(workload)}/tcp": ("127.0.0.1", None)}
        with engine.client() as client:
            self._created(client, workload.image, list(workload.command) or None, settings).start()
        self._follow(name, on_line)

    def exit_status(self, workload: Workload) -> int | None:
        state = engine.state(self._name(workload))
        if state.get("Running"):
            return None
        return int(state.get("ExitCode", KILLED))

    def healthy(self, workload: Workload) -> bool:
        if workload.kind != "web" or not workload.health_path:
            return self.exit_status(workload) is None
        target = self._target(workload)
        return target is not None and 200 <= self._asked(target, workload.health_path) < 400

    def switch(self, workload: Workload) -> None:
        target = self._target(workload) if workload.kind == "web" else None
        if target:
            self._proxy.switch(target)

    def stop(self, workload: Workload, *, seconds: float) -> None:
        target = self._target(workload) if workload.kind == "web" else None
        if target:
            self._proxy.withdraw(target)
            self._proxy.drained(target, seconds=seconds)
        engine.stop_container(self._name(workload), seconds=seconds)
        engine.remove_container(self._name(workload))

    def remove_strays(self, known: Collection[str]) -> None:
        """Containers that a rehearsal which was killed has left: all but the releases of these deploys."""
        for container in engine.containers(self._places):
            labels = container["Labels"]
            deploy, role = labels.get(f"{LABEL}.deploy"), labels.get(f"{LABEL}.role")
            if role == "once" or (role == "release" and deploy not in known):
                engine.remove_container(container["Id"])

    def _name(self, workload: Workload) -> str:
        return self._places.container(workload.service, workload.id)

    def _settings(self, workload: Workload, name: str, role: str) -> dict[str, Any]:
        return {
            "name": name,
            "environment": {"PORT": str(_port(workload)), **workload.env},
            "labels": self._places.labels(service=workload.service, deploy=workload.id, role=role),
            "network": self._places.network,
            **engine.HARDENED,
        }

    def _created(
        self, client: DockerClient, image: str, command: list[str] | None, settings: dict[str, Any]
    ) -> Container:
        """From an image that may have been removed from this machine since it was pulled."""
        import docker

        try:
            return client.containers.create(image, command, **settings)
        except docker.errors.ImageNotFound:
            self.pull(image)
            return client.containers.create(image, command, **settings)

    def _target(self, workload: Workload) -> Target | None:
        """Where it listens on this machine; None where it does not run."""
        port = engine.published(self._name(workload), _port(workload))
        return ("127.0.0.1", port) if port else None

    def _asked(self, target: Target, path: str) -> int:
        """The status it answers with; 0 for no answer."""
        connection = http.client.HTTPConnection(*target, timeout=HEALTH_DEADLINE)
        try:
            connection.request("GET", path, headers={"Host": self._host, "User-Agent": "Render/1.0"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def _follow(self, name: str, on_line: OnLine, *, from_now: bool = False) -> threading.Thread:
        following = threading.Thread(
            target=engine.follow, args=(name, on_line, from_now), name=f"log of {name}", daemon=True
        )
        following.start()
        return following


def _port(workload: Workload) -> int:
    return int(workload.env.get("PORT", PORT))
