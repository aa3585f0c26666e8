"""From a folder to a healthy stack, doing only what is not done yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from smctl.errors import Refused
from smctl.stack.docker import (
    answers,
    api,
    compose,
    containers,
    fingerprint,
    naming,
    password,
    record,
    stopping,
)
from smctl.stack.docker.api import ApiError
from smctl.stack.docker.containers import LABEL, Container
from smctl.stack.docker.images import database_volume
from smctl.stack.docker.start import Start
from smctl.stack.engine import OnEvent
from smctl.stack.services import Event, Phase, Running, Stack

ADOPT_DEADLINE = 1.0  # seconds for one probe of a stack that may be healthy already

Found = Mapping[str, Container]


def bring_up(stack: Stack, *, on_event: OnEvent, deadline: float) -> Running:
    """See Engine.up. The deadline is for the services; a build or a pull takes what the network takes."""
    up = _Up(stack, on_event)
    before = up.look()
    if up.nothing_changed(before):
        states = answers.states(before, deadline=ADOPT_DEADLINE)
        if all(state.well for state in states) and all(one.health != "unhealthy" for one in before.values()):
            return Running(states, changed=False)
    with _undone_when_interrupted(up.look, before):
        phases = [] if up.nothing_changed(before) else up.make_containers()
        phases += up.start(time.monotonic() + deadline)
    up.remember()
    return Running(answers.states(up.look(), deadline=ADOPT_DEADLINE), phases)


class _Up:
    def __init__(self, stack: Stack, on_event: OnEvent) -> None:
        self._stack = stack
        self._project = stack.project
        self._on_event = on_event
        self._name = naming.claim(stack.project)
        self._record = record.load(stack.project)
        self._fingerprint = fingerprint.of_stack(stack, self._name)
        self._new_database = False

    def look(self) -> Found:
        return containers.of_project(self._project, self._name)

    def nothing_changed(self, found: Found) -> bool:
        """What the last `up` remembered still holds: the files, and the containers made from them."""
        return self._record.fingerprint == self._fingerprint and self._record.containers == self._made(found)

    def _made(self, found: Found) -> dict[str, str]:
        return {service: found[service].config for service in self._stack.services if service in found}

    def make_containers(self) -> list[Phase]:
        compose.require_file(self._project)
        volume = f"{self._name}_{database_volume(self._project.config.stack.postgres)}"
        self._new_database = not password.volume_exists(volume)
        if self._new_database:
            self._refuse_other_major(volume)
        phases = [] if self._image_is_current() else [self._timed("build", compose.build)]
        self._remember(image_inputs=fingerprint.of_image(self._project))
        return [*phases, self._timed("create", compose.create)]

    def start(self, ends: float) -> list[Phase]:
        found = self.look()
        extras = [service for service in found if service not in answers.KNOWN]
        return Start(
            self.look,
            # A compose file that is the user's own by now may lack some and have others.
            [*(service for service in self._stack.services if service in found), *extras],
            on_event=self._on_event,
            on_answer=self._keep_password,
            ends=ends,
        ).run()

    def remember(self) -> None:
        found = self.look()
        self._remember(fingerprint=self._fingerprint, containers=self._made(found))

    def _remember(self, **changes: object) -> None:
        self._record = replace(self._record, **changes)  # type: ignore[arg-type]
        record.save(self._project, self._record)

    def _timed(self, what: str, step: Callable[[Stack, str, compose.OnLine], None]) -> Phase:
        began = time.monotonic()
        self._on_event(Event(what, "starting"))
        step(self._stack, self._name, lambda line: self._on_event(Event(what, "waiting", line)))
        took = time.monotonic() - began
        self._on_event(Event(what, "done", seconds=took))
        return Phase(what, took)

    def _image_is_current(self) -> bool:
        if self._record.image_inputs != fingerprint.of_image(self._project):
            return False
        try:
            api.get(f"/images/{self._name}-backend:dev/json")
        except ApiError as error:
            if error.status != 404:
                raise
            return False
        return True

    def _keep_password(self, container: Container) -> None:
        """Before web needs it. A volume that was made just now has the password of .env already."""
        if container.service != "db":
            return
        mark = password.mark(container)
        if mark == self._record.password_mark:
            return
        if not self._new_database:
            password.make_known(container, self._project.config.project.name)
        self._remember(password_mark=mark)

    def _refuse_other_major(self, wanted: str) -> None:
        """An empty database beside the old one would look like lost data."""
        filters = {"label": [f"{LABEL}project={self._name}"]}
        names = [volume["Name"] for volume in api.get("/volumes", filters=filters)["Volumes"] or ()]
        others = [name for name in names if name.startswith(wanted.rpartition("-")[0] + "-")]
        if others:
            major, asked = others[0].rpartition("-")[2], wanted.rpartition("-")[2]
            raise Refused(
                "postgres_major",
                f"The data of this stack was made by PostgreSQL {major}; smctl.toml asks for {asked}.",
                why=f"volume {others[0]}; it was not touched",
                fix=f'set stack.postgres = "{major}" again, or begin anew: smctl down --volumes',
            )


@contextmanager
def _undone_when_interrupted(look: Callable[[], Found], before: Found) -> Iterator[None]:
    ran = {container.id for container in before.values() if container.state == "running"}
    try:
        yield
    except KeyboardInterrupt:
        stopping.stop_half_started(
            one for one in look().values() if one.state == "running" and one.id not in ran
        )
        raise
