"""A stack on a real Docker Engine, in a folder, under a compose project and on ports of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.live import LiveStack
from tests.processes import Done

PORTS = {"web": "WEB_PORT", "db": "DB_PORT", "redis": "REDIS_PORT", "frontend": "FRONTEND_PORT"}


class DockerStack(LiveStack):
    """Drives it with smctl, and with docker compose as a person would who has no smctl."""

    def __init__(self, root: Path, *, frontend: bool = False) -> None:
        super().__init__(root, engine="docker", frontend=frontend)
        self.name = f"smctl-test-{os.getpid()}-{root.parent.name}".lower()

    def name_in_env_file(self) -> None:
        """Under this name smctl runs it too; nothing else on this daemon has it."""
        (self.root / ".env").write_text(f"COMPOSE_PROJECT_NAME={self.name}\n", encoding="utf-8")

    def backend_file(self, path: str) -> Path:
        return self.root / "backend" / path

    # -- docker ----------------------------------------------------------------------------------------------

    @property
    def configured_ports(self) -> dict[str, int]:
        shown: dict[str, int] = self.smctl("config", "--json").json["dev"]["ports"]
        return shown

    def compose(self, *arguments: str, stdin: str = "", timeout: float = 240, **env: str) -> Done:
        """`docker compose …` in the folder; its environment has the ports, and nothing else of smctl."""
        ports = {PORTS[service]: str(port) for service, port in self.configured_ports.items()}
        return _run(
            ["docker", "compose", *arguments],
            cwd=self.root,
            env={**os.environ, **ports, "COMPOSE_PROJECT_NAME": self.name, **env},
            stdin=stdin,
            timeout=timeout,
        )

    def container(self, service: str) -> str:
        """The id of the service's container, running or not."""
        label = "label=com.docker.compose"
        filters = [f"{label}.project={self.name}", f"{label}.service={service}", f"{label}.oneoff=False"]
        words = [word for one in filters for word in ("--filter", one)]
        return docker("ps", "-aq", "--no-trunc", *words).strip()

    def containers(self) -> dict[str, str]:
        return {service: self.container(service) for service in ("db", "redis", "web", "worker")}

    def inspect(self, service: str) -> Any:
        return json.loads(docker("inspect", self.container(service)))[0]

    def runs(self, service: str) -> bool:
        return bool(self.container(service)) and bool(self.inspect(service)["State"]["Running"])

    def freeze(self, service: str) -> None:
        """SIGSTOP to every process of the container but its init: the ports still accept, nobody answers."""
        docker("exec", self.container(service), "sh", "-c", "kill -STOP -1")

    def clean(self) -> None:
        """Containers, network, volumes and the image, whatever state a test left them in."""
        for container in docker(
            "ps", "-aq", "--filter", f"label=com.docker.compose.project={self.name}"
        ).split():
            docker("rm", "--force", "--volumes", container)
        self.compose("--profile", "frontend", "down", "--volumes", "--remove-orphans")
        subprocess.run(
            ["docker", "rmi", "--force", f"{self.name}-backend:dev"], capture_output=True, check=False
        )


@contextmanager
def docker_stack(root: Path, *, frontend: bool = False) -> Iterator[DockerStack]:
    stack = DockerStack(root, frontend=frontend)
    try:
        yield stack
    finally:
        stack.clean()


def docker(*arguments: str) -> str:
    done = _run(["docker", *arguments], cwd=Path("/"), env=dict(os.environ), stdin="", timeout=60)
    assert done.code == 0, done.err
    return done.out


def _run(argv: Sequence[str], *, cwd: Path, env: dict[str, str], stdin: str, timeout: float) -> Done:
    done = subprocess.run(
        argv, cwd=cwd, env=env, input=stdin, capture_output=True, encoding="utf-8", timeout=timeout
    )
    return Done(done.returncode, done.stdout, done.stderr)
