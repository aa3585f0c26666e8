"""A PostgreSQL of its own, made and started as the embedded engine does it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2  # type: ignore[import-untyped]

from smctl.project.project import Project
from smctl.stack import probes
from smctl.stack.embedded import binaries, postgres, process
from smctl.stack.embedded.places import Places
from smctl.stack.embedded.spec import Task
from smctl.stack.services import Stack
from tests.sockets import free_ports

PASSWORD = "proof"
DEADLINE = 60.0  # seconds


@dataclass(frozen=True)
class Server:
    port: int

    def database(self, name: str, *, template: str = "template1") -> dict[str, str]:
        """Made as a copy: the variables by which the project's settings find it."""
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user="proof", password=PASSWORD, dbname="proof"
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        connection.close()
        return {"PROOF_PORT": str(self.port), "PROOF_NAME": name, "PROOF_PASSWORD": PASSWORD}


@contextmanager
def running(root: Path) -> Iterator[Server]:
    root.mkdir(parents=True)
    (root / "smctl.toml").write_text('[project]\nname = "proof"\n', encoding="utf-8")
    project = Project(root)
    places, (port,) = Places.of(project), free_ports(1)
    places.make()
    programs = binaries.postgres(project.config.stack.postgres)
    stack = Stack(project, {"db": port}, {"POSTGRES_PASSWORD": PASSWORD}, "")
    cluster, role, database = postgres.tasks(stack, places, programs)
    with open(root / "server.log", "ab") as log:
        _perform(cluster, log.fileno())
        os.replace(*cluster.replaces)
        _perform(role, log.fileno())
        service = postgres.server(stack, places, programs)
        argv = [*service.argv, "-c", "fsync=off"]
        child = process.spawn(
            argv, cwd=service.cwd, env={}, output=log.fileno(), stop_signal=signal.SIGINT, nobody=True
        )
        try:
            _wait(child, port)
            _perform(database, log.fileno())
            yield Server(port)
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(timeout=DEADLINE)
            shutil.rmtree(places.run, ignore_errors=True)


def _perform(task: Task, output: int) -> None:
    child = process.spawn(
        task.argv,
        cwd=task.cwd,
        env=task.env,
        output=output,
        stop_signal=signal.SIGTERM,
        stdin=subprocess.PIPE,
        nobody=task.nobody,
    )
    child.communicate(task.stdin.encode(), timeout=DEADLINE)
    assert child.returncode == 0, f"{task.name}: exit status {child.returncode}"


def _wait(child: subprocess.Popen[bytes], port: int) -> None:
    began = time.monotonic()
    while not probes.postgres(port).ok:
        assert child.poll() is None and time.monotonic() - began < DEADLINE, "the server did not start"
        time.sleep(0.01)
