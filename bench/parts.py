"""The parts of the embedded stack, started by hand: the same programs and arguments, without a supervisor."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

import psutil

from bench.stacks import family
from smctl.project.project import Project
from smctl.stack import current, probes
from smctl.stack.embedded import binaries, environment, plan, process
from smctl.stack.embedded.places import Places
from smctl.stack.embedded.spec import Service
from tests.e2e.live import LiveStack

POLL = 0.001  # seconds
DEADLINE = 60.0
ORDERLY = ("db", "redis")  # they have data; the others are killed
NAMES = (f"bench-{number}" for number in itertools.count())


class Parts:
    """Of a stack that is down and has been up. A context manager: at its end nothing of it runs."""

    def __init__(self, stack: LiveStack) -> None:
        project = Project(stack.root)
        places = Places.of(project)
        places.make()
        programs = plan.Programs(
            postgres=binaries.postgres(project.config.stack.postgres),
            valkey=binaries.valkey(),
            environment=environment.folder(project),
            node=None,
        )
        specification = plan.specification(current.stack(project), places, programs)
        self._tasks = {task.name: task for task in specification.tasks}
        self._services = {service.name: service for service in specification.services}
        self._log = open(stack.root / "parts.log", "ab")
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Parts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)
        self._log.close()

    def perform(self, name: str) -> float:
        """Run a task to its end: the seconds it took."""
        task = self._tasks[name]
        for folder in task.replaces:
            shutil.rmtree(folder, ignore_errors=True)
        began = time.perf_counter()
        child = self._running[name] = process.spawn(
            task.argv,
            cwd=task.cwd,
            env=task.env,
            output=self._log.fileno(),
            stop_signal=signal.SIGTERM,
            stdin=subprocess.PIPE,
            nobody=task.nobody,
        )
        child.communicate(task.stdin.encode(), timeout=task.seconds)
        took = time.perf_counter() - began
        del self._running[name]
        assert child.returncode == 0, f"{name} by hand: exit status {child.returncode}"
        if task.replaces:
            os.replace(*task.replaces)
        return took

    def start(self, name: str, *more: str) -> float:
        """Start a service, with `more` arguments: the seconds until its probe is answered."""
        service, node = self._services[name], next(NAMES)
        began = time.perf_counter()
        with ExitStack() as sockets:
            values = {"{incarnation}": node}
            descriptors = []
            if service.listen:
                listener = sockets.enter_context(socket.create_server(("127.0.0.1", service.listen)))
                descriptors.append(listener.fileno())
                values["{fd}"] = str(listener.fileno())
            child = self._running[name] = process.spawn(
                [*(_filled(word, values) for word in service.argv), *more],
                cwd=service.cwd,
                env=service.env,
                output=self._log.fileno(),
                stop_signal=signal.Signals[service.stop_signal],
                nobody=service.nobody,
                pass_fds=descriptors,
            )
        while not _answers(service, node):
            assert child.poll() is None, f"{name} by hand: exit status {child.returncode}"
            assert time.perf_counter() - began < DEADLINE, f"{name} by hand: not ready in {DEADLINE:g} s"
            time.sleep(POLL)
        return time.perf_counter() - began

    def python(self, *arguments: str, seconds: float = DEADLINE) -> str:
        """Run the backend's Python to its end, in the surroundings of the web service: what it printed."""
        web = self._services["web"]
        done = subprocess.run(
            [web.argv[0], *arguments],
            cwd=web.cwd,
            env=web.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=seconds,
        )
        assert done.returncode == 0, f"{arguments[0]} by hand: {done.stderr.strip()[-500:]}"
        return done.stdout

    def family(self, name: str) -> list[psutil.Process]:
        """The processes of a service that was started."""
        return family(self._running[name].pid)

    def stop(self, name: str) -> None:
        child = self._running.pop(name)
        if name in ORDERLY:
            child.send_signal(signal.Signals[self._services[name].stop_signal])
            child.wait(timeout=DEADLINE)
        process.signal_group(child.pid, signal.SIGKILL)
        child.wait(timeout=DEADLINE)


def _answers(service: Service, node: str) -> bool:
    talk: Callable[..., probes.Answer] = getattr(probes, service.probe)
    # Only this worker's heartbeat counts: that of one before it lives on for a moment.
    named = {"node": f"{node}@"} if service.probe == "worker" else {}
    return talk(service.probe_port, **named).ok


def _filled(word: str, values: dict[str, str]) -> str:
    for placeholder, value in values.items():
        word = word.replace(placeholder, value)
    return word
