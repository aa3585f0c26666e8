"""The embedded engine: the stack without Docker, from wheels, kept by a supervisor daemon."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from smctl import __version__
from smctl.errors import NotHealthy, WrongUse
from smctl.project.project import Project
from smctl.stack import current, role
from smctl.stack.capture import Captured, OnLine
from smctl.stack.embedded import binaries, client, environment, inside, leftovers, logs, node, plan, process
from smctl.stack.embedded.places import Places
from smctl.stack.engine import OnEvent
from smctl.stack.services import NEEDS, Connection, Event, LogLine, Phase, Running, ServiceState, Stack

Answer = dict[str, Any]


class EmbeddedEngine:
    name = "embedded"

    def __init__(self, project: Project) -> None:
        self.project = project
        self.places = Places.of(project)

    @cached_property
    def stack(self) -> Stack:
        """The stack as it was last started."""
        return current.stack(self.project)

    def up(self, stack: Stack, *, on_event: OnEvent, deadline: float) -> Running:
        started, phases = time.perf_counter(), list[Phase]()
        self._refuse_other_major()
        programs = self._programs(on_event)
        prepared = time.perf_counter() - started
        if prepared > 0.5:
            phases.append(Phase("packages", prepared))
        self.places.make()
        specification = plan.specification(stack, self.places, programs).as_document()
        began = self._ping() is None
        try:
            self._ensure_daemon()
            request = {"do": "apply", "specification": specification, "seconds": deadline}
            services = self._follow(request, phases, on_event)
        except KeyboardInterrupt:
            if began:
                self.down()
            raise
        return Running(services, phases, changed=bool(phases))

    def recover(self) -> None:
        try:
            if self._ping():
                return
        except NotHealthy:
            pass  # it is there and silent
        client.end_silent(self.places)
        leftovers.end(self.places)

    def down(self, *, remove_data: bool = False) -> None:
        self._stop_daemon()
        if remove_data:
            _remove(self.places.state / "data")

    def status(self) -> list[ServiceState]:
        answer = client.ask_once(self.places, {"do": "status"})
        running = _states(answer["services"]) if answer else []
        return running or self._stopped()

    def logs(
        self, services: Sequence[str], *, follow: bool, since: float | None, tail: int | None
    ) -> Iterator[LogLine]:
        return logs.read(self.places.logs, services, follow=follow, since=since, tail=tail)

    def run(self, service: str, argv: Sequence[str], *, env: Mapping[str, str], tty: bool) -> int:
        self._require_running()
        return inside.run(self.stack, service, argv, env=env)

    def capture(self, service: str, argv: Sequence[str], *, on_line: OnLine) -> Captured:
        self._require_running()
        return inside.captured(self.stack, service, argv, on_line=on_line)

    def restart(self, services: Sequence[str], *, on_event: OnEvent, deadline: float) -> None:
        self._follow({"do": "restart", "services": list(services), "seconds": deadline}, [], on_event)

    def held_ports(self) -> Mapping[str, int]:
        answer = client.ask_once(self.places, {"do": "status", "probe": False})
        return {item["name"]: item["port"] for item in answer["services"] if item["port"]} if answer else {}

    def connection(self) -> Connection:
        return plan.connection(self.stack)

    # -- what it is made of --------------------------------------------------------------------------------

    def _programs(self, on_event: OnEvent) -> plan.Programs:
        """Find every program; install what is missing. The network is used here or nowhere."""
        postgres, valkey = binaries.postgres(self.project.config.stack.postgres), binaries.valkey()
        fresh = not self.places.postgres_data.exists()
        if fresh and process.must_become_nobody() and not process.can_become_nobody():
            raise WrongUse(
                "root_without_namespaces",
                "PostgreSQL does not run as root, nor as a user without a name.",
                why="this machine forbids the user namespaces that would help",
                fix="run smctl as an ordinary user, or use --engine docker",
            )
        backend = environment.ensure(self.project, lambda step: on_event(Event("packages", "starting", step)))
        runtime = None
        if self.project.has_frontend:
            runtime = node.find(self.project)
            if runtime is None:
                on_event(Event("packages", "starting", "installing Node"))
                runtime = node.install(self.project)
        return plan.Programs(postgres, valkey, backend, runtime)

    def _refuse_other_major(self) -> None:
        try:
            have = (self.places.postgres_data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        wanted = self.project.config.stack.postgres
        if have != wanted:
            raise WrongUse(
                "data_other_major",
                f"The data was made by PostgreSQL {have}; smctl.toml asks for {wanted}.",
                why=f"{self.places.postgres_data} was not touched",
                fix=f'set stack.postgres = "{have}" to use it, or begin empty: smctl down --volumes',
            )

    def _ensure_daemon(self) -> None:
        """A daemon of this version for this folder."""
        answer = self._ping()
        if answer and answer["root"] == str(self.project.root) and answer["version"] == __version__:
            return
        if answer:
            self._stop_daemon()
        client.start(self.places, {})

    def _stop_daemon(self) -> None:
        if self._ping() is None:
            return
        client.ask_once(self.places, {"do": "stop"}, deadline=60)
        if not client.await_end(self.places, within=10):
            raise NotHealthy("supervisor_silent", "The supervisor does not end.", fix="smctl down")

    def _ping(self) -> Answer | None:
        return client.ask_once(self.places, {"do": "ping"})

    def _follow(self, request: Answer, phases: list[Phase], on_event: OnEvent) -> list[ServiceState]:
        """Send a request that brings services up and pass on what happens. Raises NotHealthy at the first
        failure.
        """
        try:
            for answer in client.ask(self.places, request, deadline=30):
                if answer.get("end"):
                    return _states(_succeeded(answer))
                for item in answer.get("waiting", []):
                    on_event(Event(item["service"], "waiting", item["detail"]))
                if "state" in answer:
                    on_event(Event(answer["service"], answer["state"], answer["detail"], answer["seconds"]))
                    if answer["state"] in ("done", "running"):
                        phases.append(Phase(answer["service"], answer["seconds"]))
        except (ConnectionError, FileNotFoundError):
            raise NotHealthy(
                "supervisor_gone", "The supervisor went away.", why="it was stopped or killed", fix="smctl up"
            ) from None
        except TimeoutError:
            raise NotHealthy(
                "supervisor_silent", "The supervisor does not answer.", why="it is frozen", fix="smctl up"
            ) from None
        raise AssertionError("a request always ends with an answer that says so")

    def _require_running(self) -> None:
        if not self._ping():
            raise NotHealthy("not_running", "The stack is not running.", fix="smctl up")

    def _stopped(self) -> list[ServiceState]:
        """The services of a stack that was there once and is not running; none where there never was one."""
        if not self.places.state.joinpath("data").exists():
            return []
        return [ServiceState(name, "stopped", "none") for name in NEEDS if name in self.stack.services]


def _states(services: list[Answer]) -> list[ServiceState]:
    order = list(NEEDS)
    states = [
        ServiceState(item["name"], item["state"], item["health"], item["port"], item["detail"])
        for item in services
    ]
    return sorted(states, key=lambda state: order.index(state.name))


def _succeeded(answer: Answer) -> list[Answer]:
    """The services of a last answer; raises NotHealthy where it tells of a failure."""
    if "services" in answer:
        services: list[Answer] = answer["services"]
        return services
    if "failed" in answer:
        raise _failed(answer["failed"])
    if "late" in answer:
        waiting = "\n".join(f"{item['service']}: {item['detail']}" for item in answer["late"])
        raise NotHealthy(
            "not_healthy_in_time", "The stack did not become healthy in time.", why=waiting, fix="smctl logs"
        )
    raise NotHealthy(
        "supervisor_failed", f"The supervisor could not do it: {answer.get('error')}.", fix="smctl doctor"
    )


def _failed(event: Answer) -> NotHealthy:
    name, why = event["service"], "\n".join(event.get("log", [])[-20:])
    fix = f"smctl logs {name}" if name in NEEDS else f"see .smctl/logs/{name}.log"
    if role.NO_SUPERUSER in why:
        fix = role.BEGIN_ANEW
    return NotHealthy("service_failed", f"{name} failed: {event['detail']}.", why=why, fix=fix)


def _remove(folder: Path) -> None:
    """Out of the way at once (rename), then deleted: a crash leaves no half of a data folder in place."""
    doomed = folder.with_name(f"{folder.name}.removed")
    shutil.rmtree(doomed, ignore_errors=True)
    if folder.exists():
        os.replace(folder, doomed)
        shutil.rmtree(doomed, ignore_errors=True)
