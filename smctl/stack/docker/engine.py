"""The docker engine: Compose builds and makes the containers, the rest is the daemon's own API.

What only some verbs need is imported by those: `status` has 200 ms for everything.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from smctl.errors import NotHealthy
from smctl.project.project import Project
from smctl.stack.capture import Captured, OnLine
from smctl.stack.docker import answers, containers, naming
from smctl.stack.docker.containers import Container
from smctl.stack.engine import OnEvent
from smctl.stack.services import Connection, LogLine, Running, ServiceState, Stack

STATUS_DEADLINE = 1.0  # seconds for one probe; a frozen service has not answered by then


class DockerEngine:
    name = "docker"

    def __init__(self, project: Project) -> None:
        self._project = project

    def up(self, stack: Stack, *, on_event: OnEvent, deadline: float) -> Running:
        from smctl.stack.docker.up import bring_up

        return bring_up(stack, on_event=on_event, deadline=deadline)

    def recover(self) -> None:
        """Nothing to do: the daemon outlives us, and `up` repairs what it finds."""

    def down(self, *, remove_data: bool = False) -> None:
        from smctl.stack.docker import record, stopping

        name = naming.current(self._project)
        found = containers.every(name)
        if not all(container.belongs_to(self._project) for container in found):
            return  # the stack of another folder; this one has none
        stopping.stop(found)
        stopping.remove(name, found, data=remove_data)
        if remove_data:
            record.forget(self._project)

    def status(self) -> list[ServiceState]:
        return answers.states(self._containers(), deadline=STATUS_DEADLINE)

    def logs(
        self, services: Sequence[str], *, follow: bool, since: float | None, tail: int | None
    ) -> Iterator[LogLine]:
        from smctl.stack.docker import logs

        found = self._containers()
        wanted = [service for service in services or list(found) if service in found]
        if follow:
            return logs.followed(self._containers, wanted, since=since, lines=tail)
        return logs.merged({service: found[service] for service in wanted}, since=since, lines=tail)

    def run(self, service: str, argv: Sequence[str], *, env: Mapping[str, str], tty: bool) -> int:
        from smctl.stack.docker import inside

        return inside.run(self._running(service), argv, env=env, tty=tty)

    def capture(self, service: str, argv: Sequence[str], *, on_line: OnLine) -> Captured:
        from smctl.stack.docker import inside

        return inside.captured(self._running(service), argv, on_line=on_line)

    def restart(self, services: Sequence[str], *, on_event: OnEvent, deadline: float) -> None:
        from smctl.stack.docker.start import Start

        found = self._containers()
        wanted = [self._existing(service, found).service for service in services]
        ends = time.monotonic() + deadline
        Start(self._containers, wanted, on_event=on_event, on_answer=_nothing, ends=ends, afresh=wanted).run()

    def held_ports(self) -> Mapping[str, int]:
        return containers.published(self._containers())

    def connection(self) -> Connection:
        database, redis = self._running("db"), self._running("redis")
        name = self._project.config.project.name
        password = quote(containers.environment(database.id)["POSTGRES_PASSWORD"], safe="")
        return Connection(
            f"postgresql://{name}:{password}@127.0.0.1:{database.port}/{name}",
            f"redis://127.0.0.1:{redis.port}/0",
        )

    def _containers(self) -> dict[str, Container]:
        return containers.of_project(self._project, naming.current(self._project))

    def _existing(self, service: str, found: Mapping[str, Container]) -> Container:
        if service not in found:
            raise NotHealthy("not_running", f"There is no container of {service}.", fix="smctl up")
        return found[service]

    def _running(self, service: str) -> Container:
        container = self._existing(service, self._containers())
        if container.state != "running":
            raise NotHealthy(
                "not_running", f"{service} is not running.", why=container.status, fix="smctl up"
            )
        return container


def _nothing(container: Container) -> None:
    """A restart has nothing to do when a service answers."""
