"""One deploy at a time of each service: which begins, which waits, which gives way."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from smctl.rehearsal import happenings
from smctl.rehearsal.records import RUNNING, SUCCEEDED, DeployRecord, now
from smctl.rehearsal.refusal import Refusal
from smctl.rehearsal.rollout import Rollout, first_status
from smctl.rehearsal.stage import Stage
from smctl.rehearsal.watch import Watch

LONGEST_DEPLOY = 3 * 60 * 60.0  # Render's limits together: build, command before, start


class Lanes:
    """A lane for each service. overrides: whether a new deploy takes the place of one that goes on."""

    def __init__(self, stage: Stage, watch: Watch, overrides: Callable[[], bool]) -> None:
        self._stage = stage
        self._state = stage.state
        self._watch = watch
        self._overrides = overrides
        self._rollouts: dict[str, Rollout] = {}  # by service
        self._unlisted: dict[str, float] = {}  # deploys that the list does not have, until this moment

    def ask(self, deploy: DeployRecord) -> DeployRecord:
        """Carry it out now or later. Of those that wait only the newest is carried out."""
        with self._state.changing() as state:
            for waiting in self._waiting(deploy.service):
                _cancel(waiting)
            state.deploys[deploy.id] = deploy
            running = self._rollouts.get(deploy.service)
            if not running:
                self._carry_out(deploy)
            elif self._overrides():
                deploy.status = "created"
                self._give_way(running)
        return deploy

    def next(self, service_id: str) -> None:
        """Begin with the newest deploy that waits, if none runs."""
        if self._stage.closing.is_set():
            return
        with self._state.changing():
            waiting = self._waiting(service_id)
            if waiting and service_id not in self._rollouts:
                self._carry_out(waiting[0])

    def cancel(self, deploy: DeployRecord) -> None:
        with self._state.changing() as state:
            rollout = self._rollouts.get(deploy.service)
            past = rollout is not None and rollout.deploy is deploy and rollout.settled
            if deploy.status not in (*RUNNING, "queued") or past:
                raise Refusal(400, f"deploy cannot be canceled: it is {deploy.status}")
            _cancel(deploy)
            state.events.append(happenings.deploy_ended(deploy, "canceled"))

    def wait(self, deploy: DeployRecord, seconds: float) -> DeployRecord:
        """Until it has ended and its thread with it, or time is up."""

        def over() -> bool:
            rollout = self._rollouts.get(deploy.service)
            running = rollout is not None and rollout.deploy is deploy
            return bool(deploy.finished_at) and not running

        self._state.wait_for(over, seconds)
        return deploy

    def is_listed(self, deploy: DeployRecord) -> bool:
        """False as long as a fault keeps it back."""
        return time.monotonic() >= self._unlisted.get(deploy.id, 0.0)

    def _carry_out(self, deploy: DeployRecord) -> None:
        first = not any(each.status in SUCCEEDED for each in self._state.deploys_of(deploy.service))
        deploy.started_at = now()
        deploy.status = first_status(deploy)
        self._state.events.append(happenings.deploy_started(deploy, first=first))
        fault = self._stage.faults.of_deploy(self._state.services[deploy.service].name)
        rollout = self._rollouts[deploy.service] = Rollout(self._stage, deploy, fault)
        self._stage.begin(functools.partial(self._run, rollout), f"deploy {deploy.id}")
        if fault and fault.deploy == "late":
            self._unlisted[deploy.id] = time.monotonic() + fault.seconds
        if fault and fault.deploy == "crash_when_live":
            crash = functools.partial(self._crash, deploy, fault.seconds)
            self._stage.begin(crash, f"crash {deploy.id}")

    def _run(self, rollout: Rollout) -> None:
        try:
            rollout.run()
        finally:
            with self._state.changing():
                del self._rollouts[rollout.deploy.service]
            self.next(rollout.deploy.service)

    def _waiting(self, service_id: str) -> list[DeployRecord]:
        """Newest first."""
        asked = self._state.deploys_of(service_id)
        return [each for each in asked if not each.started_at and not each.finished_at]

    def _give_way(self, running: Rollout) -> None:
        if running.deploy.finished_at or running.settled:
            return
        _cancel(running.deploy)
        self._state.events.append(happenings.deploy_ended(running.deploy, "canceled"))

    def _crash(self, deploy: DeployRecord, seconds: float) -> None:
        closing, longest = self._stage.closing, self._stage.pace.seconds(LONGEST_DEPLOY)
        self._state.wait_for(lambda: bool(deploy.finished_at) or closing.is_set(), longest)
        if deploy.status == "live":
            self._watch.end_later(deploy, seconds)


def _cancel(deploy: DeployRecord) -> None:
    deploy.status = "canceled"
    deploy.updated_at = deploy.finished_at = now()
