"""What is live is started again when it ends, as Render does."""

from __future__ import annotations

from smctl.rehearsal import happenings
from smctl.rehearsal.records import DeployRecord
from smctl.rehearsal.stage import Stage


class Watch:
    """given_up: deploys that a fault has ended, which stay ended."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.given_up: set[str] = set()

    def run(self) -> None:
        while not self._stage.closing.wait(self._stage.pace.watch):
            with self._stage.state.changed:
                live = [each for each in self._stage.state.deploys.values() if each.status == "live"]
            for deploy in live:
                self._look_at(deploy)

    def end_later(self, deploy: DeployRecord, seconds: float) -> None:
        """The fault crash_when_live."""
        if self._stage.closing.wait(seconds):
            return
        self.given_up.add(deploy.id)
        self._stage.runner.stop(self._stage.workload(deploy), seconds=0)
        self._report(deploy, 1)

    def _look_at(self, deploy: DeployRecord) -> None:
        workload = self._stage.workload(deploy)
        code = self._stage.runner.exit_status(workload)
        if code is None or deploy.id in self.given_up:
            return
        self._report(deploy, code)
        self._stage.runner.start(workload, on_line=self._stage.says(deploy))
        with self._stage.state.changed:
            still_live = deploy.status == "live"
        if not still_live:
            self._stage.runner.stop(workload, seconds=0)
            return
        if workload.kind == "web":
            self._stage.runner.switch(workload)
        with self._stage.state.changing() as state:
            state.events.append(happenings.server_available(deploy))

    def _report(self, deploy: DeployRecord, code: int) -> None:
        with self._stage.state.changing() as state:
            state.events.append(happenings.server_failed(deploy, happenings.exited(code)))
