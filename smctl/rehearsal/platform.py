"""A production on this machine: what Render's API is asked to do, done."""

from __future__ import annotations

import functools
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from smctl.rehearsal import happenings
from smctl.rehearsal.databases import Databases
from smctl.rehearsal.faults import Faults
from smctl.rehearsal.github import Workflows
from smctl.rehearsal.images import canonical, repository_of
from smctl.rehearsal.jobs import Jobs
from smctl.rehearsal.journal import Journal
from smctl.rehearsal.pace import Pace
from smctl.rehearsal.records import RUNNING, SUCCEEDED, DeployRecord, Kind, ServiceRecord, new_id, now
from smctl.rehearsal.refusal import Refusal
from smctl.rehearsal.rollout import Rollout, first_status
from smctl.rehearsal.runner import Runner
from smctl.rehearsal.stage import Stage
from smctl.rehearsal.state import State
from smctl.rehearsal.vercel import Frontend
from smctl.rehearsal.watch import Watch

OWNER = "tea-rehearsal00000000000"
CLOSING_SECONDS = 5.0  # that one thread of a platform that closes may still take


class Platform:
    """What it remembers is in `folder`, so that another Platform there goes on where this one ended.

    key: what its API is opened with. policy: what a deploy does while another of its service goes on; `wait`
    is Render's since 2025-07-14. retained: how many earlier releases can be rolled back to.
    rollback_stops_auto_deploy: the documentation says that a rollback through the API leaves it on, a report
    from the field that it does not.
    """

    def __init__(self, folder: Path, runner: Runner, *, pace: Pace = Pace(), key: str) -> None:
        self.key = key
        self.policy: Literal["wait", "override"] = "wait"
        self.retained = 15
        self.rollback_stops_auto_deploy = True
        self.state = State(folder)
        self._stage = Stage(self.state, runner, pace)
        self._watch = Watch(self._stage)
        self._rollouts: dict[str, Rollout] = {}  # by service
        self._unlisted: dict[str, float] = {}  # deploys that the list does not have, until this moment
        self.jobs = Jobs(self._stage)
        self.databases = Databases(self._stage)
        self.github = Workflows(self.state)
        self.vercel = Frontend(self.state)

    def __repr__(self) -> str:
        return f"Platform({len(self.state.services)} services)"

    @property
    def pace(self) -> Pace:
        return self._stage.pace

    @property
    def faults(self) -> Faults:
        return self._stage.faults

    @property
    def journal(self) -> Journal:
        return self._stage.journal

    # -- its life ---------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Take up what an earlier one left: deploys that it was in the middle of have failed, what it was to
        stop is stopped, and what is live is watched (and started again where it does not run)."""
        with self.state.changing() as state:
            left = [each for each in state.deploys.values() if each.status in RUNNING]
            for deploy in left:
                deploy.status, deploy.failure = "update_failed", {"evicted": True}
                deploy.updated_at = deploy.finished_at = now()
                state.events.append(happenings.deploy_ended(deploy, "failed"))
            over = [each for each in state.deploys.values() if not each.stopped and each.status != "live"]
        for deploy in over:
            self._stage.begin(functools.partial(self._stage.retire, deploy, 0), f"stop {deploy.id}")
        self._stage.begin(self._watch.run, "watch")
        for service in list(self.state.services):
            self._next(service)

    def end(self) -> None:
        """Begin nothing more. What runs goes on running."""
        self._stage.end(CLOSING_SECONDS)

    # -- services ---------------------------------------------------------------------------------------

    def add_service(
        self,
        name: str,
        kind: Kind,
        image: str,
        env: Mapping[str, str],
        health_path: str = "",
        pre_deploy_command: str = "",
        command: str | Sequence[str] = "",
        *,
        url: str = "",
        plan: str = "starter",
    ) -> str:
        """Its id. A service of that name that is there stays as it is: the API may have changed it."""
        with self.state.changing() as state:
            if known := state.service_named(name):
                return known.id
            written = command if isinstance(command, str) else shlex.join(command)
            service = ServiceRecord(
                id=new_id("srv"),
                name=name,
                kind=kind,
                owner=OWNER,
                image=canonical(image),
                env=dict(env),
                health_path=health_path,
                pre_deploy_command=pre_deploy_command,
                command=written,
                created_at=now(),
                updated_at=now(),
                url=url,
                plan=plan,
            )
            state.services[service.id] = service
            return service.id

    def service(self, service_id: str) -> ServiceRecord:
        if service_id not in self.state.services:
            raise Refusal.absent(service_id)
        return self.state.services[service_id]

    # -- deploys ----------------------------------------------------------------------------------------

    def deploy(self, service_id: str, deploy_id: str) -> DeployRecord:
        self.service(service_id)
        deploy = self.state.deploys.get(deploy_id)
        if deploy is None or deploy.service != service_id:
            raise Refusal.absent(deploy_id)
        return deploy

    def listed(self, service_id: str) -> list[DeployRecord]:
        """Newest first, without those that a fault keeps back."""
        now = time.monotonic()
        with self.state.changed:
            known = self.state.deploys_of(self.service(service_id).id)
        return [each for each in known if self._unlisted.get(each.id, now) <= now]

    def start_deploy(self, service_id: str, image: str = "", trigger: str = "api") -> DeployRecord:
        """Of the stored image unless another one of its repository is named. `queued`: it has to wait."""
        service = self.service(service_id)
        if image and repository_of(image) != repository_of(service.image):
            raise Refusal(400, f"image must be of the repository {repository_of(service.image)}")
        ref = canonical(image) if image else service.image
        return self._ask(_asked(service, ref, trigger))

    def roll_back(self, service_id: str, deploy_id: str) -> DeployRecord:
        """What the target ran, with its variables and its number of instances; the tag is looked up anew."""
        service = self.service(service_id)
        target = self.deploy(service_id, deploy_id)
        with self.state.changed:
            good = [each.id for each in self.state.deploys_of(service_id) if each.status in SUCCEEDED]
        if target.id not in good:
            raise Refusal(400, "cannot roll back to a deploy that was not successful")
        if good.index(target.id) > self.retained:
            raise Refusal(400, "the artifact of this deploy is no longer retained")
        if self.rollback_stops_auto_deploy:
            with self.state.changing():
                service.auto_deploy = False
        asked = _asked(service, target.image, "rollback")
        asked.target, asked.env, asked.instances = target.id, dict(target.env), target.instances
        asked.health_path, asked.command = target.health_path, target.command
        asked.pre_deploy_command = target.pre_deploy_command
        return self._ask(asked)

    def cancel(self, service_id: str, deploy_id: str) -> DeployRecord:
        deploy = self.deploy(service_id, deploy_id)
        with self.state.changing() as state:
            rollout = self._rollouts.get(service_id)
            past = rollout is not None and rollout.deploy is deploy and rollout.settled
            if deploy.status not in (*RUNNING, "queued") or past:
                raise Refusal(400, f"deploy cannot be canceled: it is {deploy.status}")
            self._cancel(deploy)
            state.events.append(happenings.deploy_ended(deploy, "canceled"))
        return deploy

    def wait(self, deploy_id: str, seconds: float) -> DeployRecord:
        """Until a deploy has ended and its thread with it, or time is up."""
        deploy = self.state.deploys[deploy_id]

        def over() -> bool:
            rollout = self._rollouts.get(deploy.service)
            running = rollout is not None and rollout.deploy is deploy
            return bool(deploy.finished_at) and not running

        self.state.wait_for(over, seconds)
        return deploy

    # -- one at a time a service ------------------------------------------------------------------------

    def _ask(self, deploy: DeployRecord) -> DeployRecord:
        with self.state.changing() as state:
            for waiting in self._waiting(deploy.service):
                self._cancel(waiting)  # only the newest of those that wait is carried out
            state.deploys[deploy.id] = deploy
            running = self._rollouts.get(deploy.service)
            if not running:
                self._carry_out(deploy)
            elif self.policy == "override":
                deploy.status = "created"
                self._give_way(running)
        return deploy

    def _carry_out(self, deploy: DeployRecord) -> None:
        state = self.state
        first = not any(each.status in SUCCEEDED for each in state.deploys_of(deploy.service))
        deploy.started_at = now()
        deploy.status = first_status(deploy)
        state.events.append(happenings.deploy_started(deploy, first=first))
        fault = self.faults.of_deploy(state.services[deploy.service].name)
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
            with self.state.changing():
                del self._rollouts[rollout.deploy.service]
            self._next(rollout.deploy.service)

    def _next(self, service_id: str) -> None:
        """Begin with the newest deploy that waits, if none runs."""
        if self._stage.closing.is_set():
            return
        with self.state.changing():
            waiting = self._waiting(service_id)
            if waiting and service_id not in self._rollouts:
                self._carry_out(waiting[0])

    def _waiting(self, service_id: str) -> list[DeployRecord]:
        """Newest first."""
        asked = self.state.deploys_of(service_id)
        return [each for each in asked if not each.started_at and not each.finished_at]

    def _give_way(self, running: Rollout) -> None:
        if running.deploy.finished_at or running.settled:
            return
        self._cancel(running.deploy)
        self.state.events.append(happenings.deploy_ended(running.deploy, "canceled"))

    def _crash(self, deploy: DeployRecord, seconds: float) -> None:
        over = self._stage.closing
        self.state.wait_for(lambda: bool(deploy.finished_at) or over.is_set(), self.pace.health_window)
        if deploy.status == "live":
            self._watch.end_later(deploy, seconds)

    def _cancel(self, deploy: DeployRecord) -> None:
        deploy.status = "canceled"
        deploy.updated_at = deploy.finished_at = now()


def _asked(service: ServiceRecord, image: str, trigger: str) -> DeployRecord:
    """A deploy of the service as it is now, that waits."""
    moment = now()
    return DeployRecord(
        id=new_id("dep"),
        service=service.id,
        image=image,
        trigger=trigger,
        status="queued",
        env=dict(service.env),
        health_path=service.health_path,
        pre_deploy_command=service.pre_deploy_command,
        command=service.command,
        created_at=moment,
        updated_at=moment,
        instances=service.instances,
    )
