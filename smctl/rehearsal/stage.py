"""What deploys, jobs and the watch over what is live have in common."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from smctl.rehearsal import happenings
from smctl.rehearsal.faults import Faults
from smctl.rehearsal.journal import Journal
from smctl.rehearsal.pace import Pace
from smctl.rehearsal.records import DeployRecord
from smctl.rehearsal.runner import OnLine, Runner, Workload
from smctl.rehearsal.state import State

STOP_SECONDS = 30.0  # Render's maxShutdownDelaySeconds where a service names none; a limit, so not scaled
PORT = "10000"  # where Render expects a web service that names no PORT


@dataclass(frozen=True)
class Stage:
    """closing: set when the production is to stop what it does; nothing begins after that."""

    state: State
    runner: Runner
    pace: Pace
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    closing: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def begin(self, act: Callable[[], None], name: str) -> None:
        """On a thread of its own, which `end` waits for."""
        self.threads[:] = [thread for thread in self.threads if thread.is_alive()]
        thread = threading.Thread(target=act, name=name, daemon=True)
        self.threads.append(thread)
        thread.start()

    def end(self, seconds: float) -> None:
        self.closing.set()
        for thread in self.threads:
            thread.join(seconds)

    def workload(self, deploy: DeployRecord) -> Workload:
        service = self.state.services[deploy.service]
        given = {
            "RENDER": "true",
            "RENDER_SERVICE_ID": service.id,
            "RENDER_SERVICE_NAME": service.name,
            "RENDER_SERVICE_TYPE": "web" if service.kind == "web" else "worker",
            "RENDER_INSTANCE_ID": happenings.instance(deploy),
            "RENDER_EXTERNAL_URL": service.url,
            "PORT": PORT,
        }
        return Workload(
            id=deploy.id,
            service=service.name,
            kind=service.kind,
            image=deploy.image,
            env=given | deploy.env,
            command=tuple(shlex.split(deploy.command)),
            health_path=deploy.health_path,
        )

    def says(self, deploy: DeployRecord, kind: str = "app") -> OnLine:
        return self.journal.writer(deploy.service, happenings.instance(deploy), kind)

    def retire(self, deploy: DeployRecord, seconds: float) -> None:
        """Stop a release that is no longer used, after it has had time to finish what it does."""
        if self.closing.wait(seconds):
            return  # whoever starts next finds it not stopped, and stops it
        self.runner.stop(self.workload(deploy), seconds=STOP_SECONDS)
        with self.state.changing():
            deploy.stopped = True
