"""What is live is started again when it ends, as Render does."""

from __future__ import annotations

import functools

from smctl.rehearsal import happenings
from smctl.rehearsal.records import DeployRecord
from smctl.rehearsal.runner import Workload
from smctl.rehearsal.stage import Stage


class Watch:
    """Each release is mended on a thread of its own, so that one that cannot be started delays no other."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._left_alone: set[str] = (
            set()
        )  # deploys that are being mended, or that a fault has ended for good

    def run(self) -> None:
        while not self._stage.closing.wait(self._stage.pace.watch):
            with self._stage.state.changed:
                live = [each for each in self._stage.state.deploys.values() if each.status == "live"]
            for deploy in live:
                if deploy.id not in self._left_alone:
                    self._look_at(deploy)

    def end_later(self, deploy: DeployRecord, seconds: float) -> None:
        """The fault crash_when_live."""
        if self._stage.closing.wait(seconds):
            return
        self._left_alone.add(deploy.id)
        self._stage.runner.stop(self._stage.workload(deploy), seconds=0)
        self._report(deploy, 1)

    def _look_at(self, deploy: DeployRecord) -> None:
        code = self._stage.runner.exit_status(self._stage.workload(deploy))
        if code is None:
            return
        self._left_alone.add(deploy.id)
        self._report(deploy, code)
        self._stage.begin(functools.partial(self._mend, deploy), f"restart {deploy.id}")

    def _mend(self, deploy: DeployRecord) -> None:
        workload = self._stage.workload(deploy)
        try:
            self._stage.runner.start(workload, on_line=self._stage.says(deploy))
            while not self._stage.runner.healthy(workload):
                if deploy.status != "live" or self._stage.runner.exit_status(workload) is not None:
                    return
                if self._stage.closing.wait(self._stage.pace.probe):
                    return
            self._back(deploy, workload)
        finally:
            self._left_alone.discard(deploy.id)

    def _back(self, deploy: DeployRecord, workload: Workload) -> None:
        if workload.kind == "web":
            self._stage.runner.switch(workload)
        with self._stage.state.changing() as state:
            state.events.append(happenings.server_available(deploy))

    def _report(self, deploy: DeployRecord, code: int) -> None:
        with self._stage.state.changing() as state:
            state.events.append(happenings.server_failed(deploy, happenings.exited(code)))
