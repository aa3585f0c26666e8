"""One deploy, carried out: pull, pre-deploy command, start, health, switch. A failure leaves the old one."""

from __future__ import annotations

import functools
import time
from typing import Any

from smctl.rehearsal import happenings
from smctl.rehearsal.faults import Rule
from smctl.rehearsal.records import DeployRecord, new_id, now
from smctl.rehearsal.runner import PullFailed, Workload
from smctl.rehearsal.stage import Stage


class Abandoned(Exception):
    """The deploy was canceled, or the production closes."""


class DeployFailed(Exception):
    """status: what the deploy ends in. failure: the reason as its events give it."""

    def __init__(self, status: str, failure: dict[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.failure = failure


class Rollout:
    """settled: past the point at which it can be canceled."""

    def __init__(self, stage: Stage, deploy: DeployRecord, fault: Rule | None = None) -> None:
        self.deploy = deploy
        self.settled = False
        self._stage = stage
        self._fault = fault
        self._workload: Workload = stage.workload(deploy)

    def run(self) -> None:
        try:
            self._build()
            self._pre_deploy()
            self._start()
            self._switch()
        except DeployFailed as failed:
            self._fail(failed)
        except Abandoned:
            self._discard()
        finally:
            if not self.deploy.finished_at and not self._stage.closing.is_set():
                self._fail(DeployFailed("update_failed", {"evicted": True}))

    # -- the steps --------------------------------------------------------------------------------------

    def _build(self) -> None:
        """For an image: have it here. A slow build is one that was asked for as a fault."""
        if seconds := self._wanted("slow_build"):
            self._advance("build_in_progress")
            self._pause(seconds)
        self._advance(first_status(self.deploy))
        try:
            digest = self._stage.runner.pull(self.deploy.image)
        except PullFailed as error:
            with self._stage.state.changing() as state:
                state.events.append(happenings.image_pull_failed(self.deploy, str(error)))
            raise DeployFailed("update_failed", {"evicted": False}) from error
        with self._stage.state.changing():
            self.deploy.digest = digest

    def _pre_deploy(self) -> None:
        if not self.deploy.pre_deploy_command:
            return
        self._advance("pre_deploy_in_progress")
        execution = new_id("exe")
        with self._stage.state.changing() as state:
            state.events.append(happenings.pre_deploy_started(self.deploy, execution))
        code = self._stage.runner.once(
            self._workload,
            self.deploy.pre_deploy_command,
            seconds=self._stage.pace.pre_deploy,
            on_line=self._stage.says(self.deploy, "pre_deploy"),
        )
        failure = {0: {}, 124: happenings.timed_out(1800, "pre-deploy")}.get(code, happenings.exited(code))
        with self._stage.state.changing() as state:
            state.events.append(happenings.pre_deploy_ended(self.deploy, execution, failure))
        if failure:
            raise DeployFailed("pre_deploy_failed", failure)

    def _start(self) -> None:
        """Until it is healthy; a worker, until it has run for a while."""
        self._advance("update_in_progress")
        with self._stage.state.changing():
            self.deploy.stopped = False
        self._stage.runner.start(self._workload, on_line=self._stage.says(self.deploy))
        if self._fault and self._fault.deploy == "crash":
            raise DeployFailed("update_failed", happenings.exited(1))
        steady = self._stage.pace.settling if self._workload.kind == "worker" else 0.0
        healthy_since: float | None = None
        end = time.monotonic() + self._stage.pace.health_window
        while healthy_since is None or time.monotonic() - healthy_since < steady:
            if self._healthy():
                healthy_since = healthy_since or time.monotonic()
            else:
                healthy_since = None
                self._give_up_after(end)
            if healthy_since is None or steady:
                self._pause(self._stage.pace.probe)

    def _healthy(self) -> bool:
        if (code := self._stage.runner.exit_status(self._workload)) is not None:
            raise DeployFailed("update_failed", happenings.exited(code))
        unwell = self._fault is not None and self._fault.deploy == "unhealthy"
        return not unwell and self._stage.runner.healthy(self._workload)

    def _give_up_after(self, end: float) -> None:
        if time.monotonic() > end:
            asked = f"GET {self.deploy.health_path or '/'}" if self._workload.kind == "web" else "the process"
            message = f"{asked} was not healthy within 15 minutes"
            raise DeployFailed("update_failed", happenings.unhealthy(message))

    def _switch(self) -> None:
        with self._stage.state.changed:
            self._still_wanted()
            self.settled = True
        if self._workload.kind == "web":
            self._stage.runner.switch(self._workload)
        with self._stage.state.changing() as state:
            old = state.live(self.deploy.service)
            if old:
                old.status, old.updated_at = "deactivated", now()
            self._end("live")
            state.events += [
                happenings.deploy_ended(self.deploy, "succeeded"),
                happenings.server_available(self.deploy),
            ]
        if old:
            retire = functools.partial(self._stage.retire, old, self._stage.pace.drain)
            self._stage.begin(retire, f"drain {old.id}")

    # -- its end ----------------------------------------------------------------------------------------

    def _fail(self, failed: DeployFailed) -> None:
        with self._stage.state.changing() as state:
            if self.deploy.status != "canceled":
                self.deploy.failure = failed.failure
                self._end(failed.status)
                state.events.append(happenings.deploy_ended(self.deploy, "failed"))
        self._stop()

    def _discard(self) -> None:
        if not self._stage.closing.is_set():
            self._stop()

    def _stop(self) -> None:
        if not self.deploy.stopped:
            self._stage.runner.stop(self._workload, seconds=0)
            with self._stage.state.changing():
                self.deploy.stopped = True

    def _end(self, status: str) -> None:
        self.deploy.status = status
        self.deploy.updated_at = self.deploy.finished_at = now()

    # -- between the steps ------------------------------------------------------------------------------

    def _advance(self, status: str) -> None:
        with self._stage.state.changing():
            self._still_wanted()
            self.deploy.status = status
            self.deploy.updated_at = now()

    def _still_wanted(self) -> None:
        if self.deploy.status == "canceled" or self._stage.closing.is_set():
            raise Abandoned

    def _pause(self, seconds: float) -> None:
        """Wait, unless it is canceled meanwhile."""
        canceled = functools.partial(lambda deploy: deploy.status == "canceled", self.deploy)
        self._stage.state.wait_for(lambda: canceled() or self._stage.closing.is_set(), seconds)
        self._still_wanted()

    def _wanted(self, fault: str) -> float:
        """The seconds of a fault of this kind; 0 where there is none."""
        return self._fault.seconds if self._fault and self._fault.deploy == fault else 0.0


def first_status(deploy: DeployRecord) -> str:
    """What the first look after POST sees of an image's deploy, as recorded."""
    return "pre_deploy_in_progress" if deploy.pre_deploy_command else "update_in_progress"
