"""A real stack in a folder of its own: what the end-to-end tests hold in their hands."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from smctl.project.project import Project
from smctl.stack.embedded import client
from smctl.stack.embedded.places import Places
from tests import processes
from tests.sockets import free_ports

PARTS = (
    "backend",
    "frontend",
    "templates",
    "smctl.toml",
    ".env.example",
    "docker-compose.yml",
    ".dockerignore",
)
LEFT_OUT = shutil.ignore_patterns(
    "node_modules", "__pycache__", ".smctl", ".mypy_cache", ".pytest_cache", "staticfiles"
)


@dataclass(frozen=True)
class Response:
    status: int
    body: str
    headers: Mapping[str, str]
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class LiveStack:
    """A copy of this repository's project, on ports that were free when it was made."""

    def __init__(
        self, root: Path, *, engine: str = "embedded", frontend: bool = False, django: str = "5.2"
    ) -> None:
        self.root, self.engine = root, engine
        root.mkdir(parents=True)
        for part in PARTS:
            source = processes.REPOSITORY / part
            if source.is_dir():
                shutil.copytree(source, root / part, ignore=LEFT_OUT)
            elif source.exists():
                shutil.copy2(source, root / part)
        self._configure(frontend, django)

    def _configure(self, frontend: bool, django: str) -> None:
        web, db, redis, vite = free_ports(4)
        lines = []
        for line in (self.root / "smctl.toml").read_text(encoding="utf-8").splitlines():
            if line.startswith("ports"):
                line = f"ports = {{ web = {web}, db = {db}, redis = {redis}, frontend = {vite} }}"
                line += f"\nfrontend = {str(frontend).lower()}"
            if line.startswith("django"):
                line = f'django = "{django}"'
            lines.append(line)
        (self.root / "smctl.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    # -- smctl
    # ------------------------------------------------------------------------------------------------

    def smctl(self, *arguments: str | Path, timeout: float = 180, stdin: str = "") -> processes.Done:
        return processes.run(*arguments, cwd=self.root, timeout=timeout, stdin=stdin)

    def up(self, *arguments: str) -> dict[str, Any]:
        """`smctl up --json`, which has to succeed and to leave everything healthy."""
        done = self.smctl("up", "--engine", self.engine, "--json", *arguments)
        assert done.code == 0, f"{done.out}\n{done.err}"
        shown: dict[str, Any] = done.json
        assert shown["healthy"], shown
        return shown

    def down(self, *arguments: str) -> None:
        done = self.smctl("down", *arguments)
        assert done.code == 0, done.out + done.err

    def manage(self, *arguments: str) -> processes.Done:
        return self.smctl("run", "web", "--", "python", "manage.py", *arguments)

    def sql(self, statement: str) -> str:
        done = self.smctl("run", "db", "--", "psql", "-XqAt", "-c", statement)
        assert done.code == 0, done.err
        return done.out.strip()

    # -- what it serves
    # ---------------------------------------------------------------------------------------

    @property
    def ports(self) -> dict[str, int]:
        ports: dict[str, int] = json.loads((self.root / ".smctl" / "state.json").read_text())["ports"]
        return ports

    def get(self, path: str, *, deadline: float = 5.0) -> Response:
        began = time.monotonic()
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.ports['web']}{path}", timeout=deadline
            ) as answer:
                return Response(
                    answer.status, answer.read().decode(), dict(answer.headers), time.monotonic() - began
                )
        except urllib.error.HTTPError as error:
            return Response(error.code, error.read().decode(), dict(error.headers), time.monotonic() - began)
        except (OSError, http.client.HTTPException) as error:
            return Response(0, str(error), {}, time.monotonic() - began)

    def health(self) -> Response:
        return self.get("/health")

    # -- its processes (embedded)
    # -----------------------------------------------------------------------------

    @property
    def places(self) -> Places:
        return Places.of(Project(self.root))

    def pid(self, service: str) -> int:
        """The main process of a service, 0 while it has none, or of the supervisor."""
        if service == "supervisor":
            answer = client.ask_once(self.places, {"do": "ping"})
            assert answer
            return int(answer["pid"])
        answer = client.ask_once(self.places, {"do": "status", "probe": False})
        assert answer
        return next(int(item["pid"] or 0) for item in answer["services"] if item["name"] == service)

    def kill(self, service: str, number: signal.Signals = signal.SIGKILL) -> int:
        pid = self.pid(service)
        os.kill(pid, number)
        return pid

    def own_processes(self) -> set[int]:
        """Every process on this machine that works in this folder or names it, but for zombies."""
        return {process.pid for process in psutil.process_iter() if _belongs(process, str(self.root))}

    def kill_everything(self) -> None:
        """SIGKILL to every process of this stack, and wait until they are gone."""
        for pid in self.own_processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        eventually(lambda: not self.own_processes(), within=10)

    def strangers(self) -> set[int]:
        """Processes of this folder that are not the supervisor's."""
        supervisor = psutil.Process(self.pid("supervisor"))
        family = {supervisor.pid, *(child.pid for child in supervisor.children(recursive=True))}
        return self.own_processes() - family


def _belongs(process: psutil.Process, root: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return (
            any(root in word for word in (process.cwd(), *process.cmdline())) and process.pid != os.getpid()
        )
    except psutil.Error:
        return False


def eventually(what: Callable[[], bool], *, within: float, every: float = 0.02) -> float:
    """Wait until something is true: the seconds it took. Fails the test when it is too late."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < within, f"not true within {within} s"
        time.sleep(every)
    return time.monotonic() - began


def made(root: Path, **options: Any) -> Iterator[LiveStack]:
    """A stack that is taken down, data and all, when the test is over."""
    stack = LiveStack(root, **options)
    yield stack
    stack.smctl("down", "--volumes")
    left = stack.own_processes()
    stack.kill_everything()
    assert not left, f"left behind after down: {left}"
