"""The rehearsal itself: platforms, proxy and workflow in one process, that ends when it is told to.

    python -m smctl.rehearsal.daemon ROOT

What is live runs in containers of its own and outlives this process; the next one takes it up again. A
request on its socket is one line of JSON, {"do": "ping" | "status" | "pushed" | "faults" | "stop", …}, as is
the answer.
"""

from __future__ import annotations

import fcntl
import functools
import json
import os
import signal
import socketserver
import sys
import threading
import time
from pathlib import Path
from typing import Any

from smctl.errors import SmctlError
from smctl.output import write_stderr
from smctl.project.project import Project
from smctl.rehearsal import production, settings, stores
from smctl.rehearsal.api import Api
from smctl.rehearsal.credentials import Credentials
from smctl.rehearsal.docker_runner import DockerRunner
from smctl.rehearsal.faults import WrongFault, rule
from smctl.rehearsal.pace import Pace
from smctl.rehearsal.places import Places
from smctl.rehearsal.platform import Platform
from smctl.rehearsal.proxy import Proxy
from smctl.rehearsal.runner import PullFailed, Workload
from smctl.rehearsal.settings import Settings
from smctl.rehearsal.stage import Stage
from smctl.rehearsal.workflow import Workflow
from smctl.stack.docker.api import ApiError

LOCK_HELD = 75  # exit status of a daemon that found another one: EX_TEMPFAIL of <sysexits.h>

# What a platform does unless it is told otherwise; Platform says what each means.
BEHAVIOUR: dict[str, Any] = {"policy": "wait", "retained": 15, "rollback_stops_auto_deploy": True}
POLICIES = ("wait", "override")
RUNS = 5  # of the workflow that the status shows
WAKING = 15.0  # seconds that a release which was live may take to serve again

Answer = dict[str, Any]


class Rehearsal:
    """Everything that listens or runs in this process."""

    def __init__(self, project: Project, places: Places, wanted: Settings) -> None:
        secrets = Credentials.of(places)
        self.over = threading.Event()
        self.proxy = Proxy(wanted.production_port)
        self.runner = DockerRunner(places, self.proxy, host=wanted.host)
        self.platform = Platform(places.platform, self.runner, pace=Pace(wanted.pace), key=secrets.key)
        for service in production.services(places, project.config, wanted, secrets):
            self.platform.add_service(
                service.name,
                service.kind,
                f"{wanted.repository}:latest",
                service.env,
                service.health_path,
                service.pre_deploy_command,
                service.command,
                url=wanted.production_url if service.kind == "web" else "",
            )
        name = project.config.project.name
        self.platform.databases.add(
            f"{name}-db",
            version=project.config.stack.postgres,
            export=functools.partial(stores.back_up, places, name),
        )
        self.api = Api(self.platform, wanted.api_port)
        self.workflow = Workflow(
            places,
            self.platform.github,
            repository=wanted.repository,
            branch=wanted.branch,
            environment=settings.environment(places, wanted),
        )

    def start(self) -> None:
        self.proxy.start()
        self._take_up()
        self.api.start()

    def stop(self) -> None:
        self.api.stop()
        self.proxy.stop()

    def _take_up(self) -> None:
        """What is live by the platform's memory serves again; what it knows nothing of goes."""
        state = self.platform.state
        running = {deploy.id for deploy in state.deploys.values() if not deploy.stopped}
        self.runner.remove_strays(running)
        stage = Stage(self.platform.state, self.runner, self.platform.pace, self.platform.journal)
        for service in state.services.values():
            if deploy := state.live(service.id):
                workload = stage.workload(deploy)
                try:
                    self.runner.start(workload, on_line=stage.says(deploy))
                except (ApiError, PullFailed) as error:
                    write_stderr(f"{service.name} cannot be started again: {error}\n")
                    continue
                self._await_health(workload)
                self.runner.switch(workload)

    def _await_health(self, workload: Workload) -> None:
        deadline = time.monotonic() + WAKING
        while not self.runner.healthy(workload) and time.monotonic() < deadline:
            time.sleep(0.1)

    def answer(self, request: Answer) -> Answer:
        match request.get("do"):
            case "ping":
                return {"pid": os.getpid()}
            case "status":
                return self._status()
            case "pushed":
                return {"run": self.workflow.pushed(request["sha"])}
            case "faults":
                return self._faults(request)
            case "stop":
                self.over.set()
                return {"stopping": True}
            case other:
                return {"error": f"unknown request {other!r}"}

    def _status(self) -> Answer:
        state = self.platform.state
        with state.changed:
            live = {service.name: state.live(service.id) for service in state.services.values()}
            kinds = {service.name: service.kind for service in state.services.values()}
        return {
            "services": [
                {"name": name, "kind": kinds[name], "image": deploy.image if deploy else None}
                for name, deploy in live.items()
            ],
            "runs": [
                {key: run[key] for key in ("id", "head_sha", "status", "conclusion")}
                for run in self.platform.github.runs()[:RUNS]
            ],
            "faults": self._listed(),
        }

    def _faults(self, request: Answer) -> Answer:
        """clear: end all of them, add: rules, behave: how the platform is to behave besides."""
        behaviour = request.get("behave", {})
        try:
            wanted = [rule(document) for document in request.get("add", [])]
        except WrongFault as error:
            return {"wrong": str(error)}
        for name, value in behaviour.items():
            if type(value) is not type(BEHAVIOUR[name]) or (name == "policy" and value not in POLICIES):
                return {"wrong": f"{name} cannot be {value!r}"}
        if request.get("clear"):
            self.platform.faults.clear()
        self.platform.faults.add(*wanted)
        for name, value in (BEHAVIOUR if request.get("clear") else behaviour).items():
            setattr(self.platform, name, value)
        return {"faults": self._listed()}

    def _listed(self) -> list[Answer]:
        """Each rule as it was given, and how the platform behaves, without what holds anyway."""
        plain = vars(rule({}))
        rules = [
            {key: value for key, value in vars(each).items() if value != plain[key]}
            for each in self.platform.faults.rules
        ]
        now = {name: getattr(self.platform, name) for name in BEHAVIOUR}
        other = {name: value for name, value in now.items() if value != BEHAVIOUR[name]}
        return [*rules, other] if other else rules


class _Listener(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def listen(places: Places, rehearsal: Rehearsal) -> _Listener:
    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            request = json.loads(self.rfile.readline() or b"{}")
            try:
                answer = rehearsal.answer(request)
            except SmctlError as error:
                answer = error.as_document()
            self.wfile.write(json.dumps(answer).encode() + b"\n")

    places.socket.unlink(missing_ok=True)
    listener = _Listener(str(places.socket), Conversation)
    threading.Thread(target=listener.serve_forever, args=(0.05,), name="control", daemon=True).start()
    return listener


def main(root: str) -> int:
    project = Project(Path(root))
    places = Places.of(project)
    places.make()
    lock = os.open(places.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return LOCK_HELD
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    wanted = settings.load(places)
    if wanted is None:
        return 2
    rehearsal = Rehearsal(project, places, wanted)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: rehearsal.over.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    rehearsal.start()
    listener = listen(places, rehearsal)
    rehearsal.over.wait()
    listener.shutdown()
    _end_children()
    rehearsal.stop()
    places.socket.unlink(missing_ok=True)
    return 0


def _end_children() -> None:
    """A build or deploy that the workflow is in the middle of; client.start gave this process its group."""
    if os.getpgid(0) == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
