"""Containers that exist become services that answer, each as soon as what it needs does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from smctl.stack.docker import answers, api, failure
from smctl.stack.docker.api import ApiError
from smctl.stack.docker.containers import Container, last_health_answer, published
from smctl.stack.engine import OnEvent
from smctl.stack.services import Event, Phase

POLL = 0.1
PROBE_DEADLINE = 0.5
PATIENCE = 2.0  # seconds in which a service that was running has to answer before it is restarted
STOP_SECONDS = 1  # for a service that does not answer to stop by itself; then it is killed
REPORT_EVERY = 1.0
ALIVE = ("running", "restarting", "paused")
ACTION_DEADLINE = 60.0  # for the daemon to start or restart a container

Look = Callable[[], Mapping[str, Container]]


@dataclass
class Unit:
    """One service on its way. begun: when it was started or found running. adopted: found running."""

    service: str
    begun: float | None = None
    adopted: bool = False
    action: Future[None] | None = None
    answers: bool = False
    healthy: bool = False
    seconds: float = 0.0
    reported: float = 0.0


class Start:
    """look: the containers as they are now. on_answer: called with each service that answers, before what
    needs it is started. afresh: services to restart even though they answer.
    """

    def __init__(
        self,
        look: Look,
        services: Iterable[str],
        *,
        on_event: OnEvent,
        on_answer: Callable[[Container], None],
        ends: float,
        afresh: Iterable[str] = (),
    ) -> None:
        self._look = look
        self._units = {service: Unit(service) for service in services}
        self._on_event = on_event
        self._on_answer = on_answer
        self._ends = ends
        self._afresh = frozenset(afresh)
        self._pool = ThreadPoolExecutor(max_workers=4)

    def run(self) -> list[Phase]:
        """Returns when all are healthy. Raises NotHealthy at once when one of them cannot become so."""
        with self._pool:
            while True:
                found = self._look()
                for unit in self._units.values():
                    if not unit.healthy:
                        self._advance(unit, found)
                if all(unit.healthy for unit in self._units.values()):
                    return [Phase(unit.service, unit.seconds) for unit in self._units.values()]
                time.sleep(POLL)

    def _advance(self, unit: Unit, found: Mapping[str, Container]) -> None:
        container = found.get(unit.service)
        if container is None:
            raise failure.vanished(unit.service)
        if unit.begun is None:
            waits_for = [
                name for name in container.needs if name in self._units and not self._units[name].answers
            ]
            if waits_for:
                return self._say(unit, "waiting", f"for {' and '.join(waits_for)}")
            return self._begin(unit, container, published(found))
        if unit.action is not None:
            return self._finish(unit, unit.action)
        self._watch(unit, container, published(found))

    def _begin(self, unit: Unit, container: Container, ports: Mapping[str, int]) -> None:
        unit.begun = time.monotonic()
        unit.adopted = container.state in ALIVE and unit.service not in self._afresh
        if container.state == "paused":
            self._act(unit, container, "unpause")
        elif not unit.adopted:
            self._act(unit, container, "restart" if container.state in ALIVE else "start")
        if unit.service == "worker" and "redis" in ports and self._heartbeat_is_old(unit):
            answers.forget_heartbeat(ports["redis"])
        self._say(unit, "starting", "it is running already" if unit.adopted else "")

    def _heartbeat_is_old(self, worker: Unit) -> bool:
        redis = self._units.get("redis")
        return not worker.adopted or (redis is not None and not redis.adopted)

    def _act(self, unit: Unit, container: Container, verb: str, **query: int) -> None:
        path = f"/containers/{container.id}/{verb}"
        unit.action = self._pool.submit(lambda: api.post(path, deadline=ACTION_DEADLINE, **query))

    def _finish(self, unit: Unit, action: Future[None]) -> None:
        """Once the daemon has done what it was told, the next look at the containers shows it."""
        if not action.done():
            return
        unit.action = None
        try:
            action.result()
        except ApiError as error:
            raise failure.not_started(unit.service, error) from error

    def _watch(self, unit: Unit, container: Container, ports: Mapping[str, int]) -> None:
        assert unit.begun is not None
        waited = time.monotonic() - unit.begun
        if not unit.adopted and (container.state != "running" or container.health == "unhealthy"):
            self._say(unit, "exited" if container.state != "running" else "failing", container.status)
            raise failure.failed(container)
        answer = answers.of(container, ports, deadline=PROBE_DEADLINE)
        if answer.ok and not unit.answers:
            unit.answers, unit.seconds = True, waited
            self._on_answer(container)
        if answer.ok and (unit.adopted or container.health in ("healthy", "none")):
            unit.healthy = True
            return self._say(unit, "done", answer.detail)
        if unit.adopted and container.health != "starting" and waited > PATIENCE:
            return self._restart(unit, container, answer.detail)
        if time.monotonic() > self._ends:
            raise failure.late(container, answer.detail)
        self._wait(unit, container, answer.detail)

    def _restart(self, unit: Unit, container: Container, detail: str) -> None:
        self._say(unit, "starting", f"again, because it does not answer: {detail}")
        unit.begun, unit.adopted, unit.answers = time.monotonic(), False, False
        self._act(unit, container, "restart", t=STOP_SECONDS)

    def _wait(self, unit: Unit, container: Container, detail: str) -> None:
        if time.monotonic() - unit.reported >= REPORT_EVERY:
            self._say(unit, "waiting", last_health_answer(container.id) or detail)

    def _say(self, unit: Unit, state: str, detail: str) -> None:
        if state == "waiting" and time.monotonic() - unit.reported < REPORT_EVERY:
            return
        unit.reported = time.monotonic()
        self._on_event(Event(unit.service, state, detail, unit.seconds))
