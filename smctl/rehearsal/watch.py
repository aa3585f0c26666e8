"""What is live is started again when it ends, as Render does."""

from __future__ import annotations

import functools

from smctl.rehearsal import happenings
from smctl.rehearsal.records import DeployRecord
from smctl.rehearsal.runner import Workload
from smctl.rehearsal.stage import Stage


class Watch:
    """Each release is looked at on a thread of its own, so that one that gives trouble delays no other."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._looked_at: set[str] = set()  # deploys that a thread is busy with
        self._left_alone: set[str] = set()  # deploys that a fault has ended for good

    def run(self) -> None:
        while not self._stage.closing.wait(self._stage.pace.watch):
            with self._stage.state.changed:
                live = [each for each in self._stage.state.deploys.values() if each.status == "live"]
            for deploy in live:
                if deploy.id not in self._looked_at | self._left_alone:
                    self._looked_at.add(deploy.id)
                    self._stage.begin(functools.partial(self._look_at, deploy), f"look at {deploy.id}")

    def end_later(self, deploy: DeployRecord, seconds: float) -> None:
        """The fault crash_when_live."""
        if self._stage.closing.wait(seconds):
            return
        self._left_alone.add(deploy.id)
        self._stage.runner.stop(self._stage.workload(deploy), seconds=0)
        self._report(deploy, 1)

    def _look_at(self, deploy: DeployRecord) -> None:
        try:
            code = self._stage.runner.exit_status(self._stage.workload(deploy))
            if code is not None and deploy.id not in self._left_alone:
                self._report(deploy, code)
                self._mend(deploy, self._stage.workload(deploy))
        finally:
            self._looked_at.discard(deploy.id)

    def _mend(self, deploy: DeployRecord, workload: Workload) -> None:
        self._stage.runner.start(workload, on_line=self._stage.says(deploy))
        while not self._stage.runner.healthy(workload):
            if deploy.status != "live" or self._stage.runner.exit_status(workload) is not None:
                return
            if self._stage.closing.wait(self._stage.pace.probe):
                return
        self._back(deploy, workload)

    def _back(self, deploy: DeployRecord, workload: Workload) -> None:
        if workload.kind == "web":
            self._stage.runner.switch(workload)
        with self._stage.state.changing() as state:
            state.events.append(happenings.server_available(deploy))

    def _report(self, deploy: DeployRecord, code: int) -> None:
        with self._stage.state.changing() as state:
            state.events.append(happenings.server_failed(deploy, happenings.exited(code)))
