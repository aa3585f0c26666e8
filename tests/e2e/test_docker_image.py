"""The image for production: what `docker build -t smartmarket:latest .` gives."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.docker_stack import docker
from tests.e2e.live import eventually
from tests.processes import REPOSITORY
from tests.sockets import free_port

pytestmark = pytest.mark.docker

RELEASE = "0123456789abcdef"
SETTINGS = {
    "DJANGO_SECRET_KEY": "k" * 50,
    "DJANGO_ALLOWED_HOSTS": "localhost",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    tag = f"smctl-test-image:{os.getpid()}"
    subprocess.run(
        ["docker", "build", "--quiet", "--build-arg", f"RELEASE_SHA={RELEASE}", "-t", tag, "."],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    yield tag
    subprocess.run(["docker", "rmi", "--force", tag], check=False, capture_output=True)


@pytest.fixture
def container(image: str) -> Iterator[str]:
    """The image as a host would run it: its port from PORT, nothing writable but /tmp, no capability."""
    environment = [word for key, value in SETTINGS.items() for word in ("--env", f"{key}={value}")]
    hardened = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    port = free_port()
    made = docker(
        *(
            "run",
            "--detach",
            "--health-interval",
            "1s",
            "--env",
            "PORT=9000",
            "--publish",
            f"127.0.0.1:{port}:9000",
        ),
        *(*environment, *hardened, image),
    ).strip()
    yield made
    docker("rm", "--force", made)


def inspect(thing: str) -> Any:
    return json.loads(docker("inspect", thing))[0]


def test_it_serves_as_an_unprivileged_user_and_is_healthy(container: str) -> None:
    eventually(lambda: inspect(container)["State"]["Health"]["Status"] == "healthy", within=30, every=0.2)
    users = {row.split()[1] for row in docker("top", container, "-eo", "pid,uid").splitlines()[1:]}
    assert users == {"1000"}


def test_static_files_were_collected_and_the_release_is_served(container: str) -> None:
    eventually(lambda: inspect(container)["State"]["Health"]["Status"] == "healthy", within=30, every=0.2)
    code = (
        "import urllib.request as u;"
        "a = u.urlopen(u.Request('http://127.0.0.1:9000/static/admin/css/base.css',"
        " headers={'Host': 'localhost', 'X-Forwarded-Proto': 'https'}));"
        "b = u.urlopen('http://127.0.0.1:9000/health/live');"
        "print(a.status, b.headers['X-Release'])"
    )
    assert docker("exec", container, "python", "-c", code).split() == ["200", RELEASE]


def test_its_labels_name_the_release(image: str) -> None:
    labels = inspect(image)["Config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == RELEASE
    assert labels["org.opencontainers.image.title"] == "smartmarket"


def test_it_has_no_secret_no_tests_and_no_tools(image: str) -> None:
    configured = inspect(image)["Config"]["Env"] + docker("history", "--no-trunc", image).splitlines()
    assert not any("SECRET_KEY" in line or "PASSWORD" in line for line in configured)
    found = docker("run", "--rm", "--entrypoint", "sh", image, "-c", "ls -a /app /opt/venv/bin")
    names = set(found.split())
    assert "manage.py" in names and "gunicorn" in names
    assert not names & {"tests", ".env", "Dockerfile", "pip", "pytest", "as_owner.py"}


def test_the_code_alone_changes_neither_the_dependencies_nor_the_base(image: str, tmp_path: Path) -> None:
    shutil.copytree(
        REPOSITORY / "backend", tmp_path / "backend", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(REPOSITORY / ".dockerignore", tmp_path)
    manage = tmp_path / "backend" / "manage.py"
    manage.write_text(manage.read_text() + "\n# edited\n")
    command = ["docker", "build", "--quiet", "-f", str(tmp_path / "backend" / "Dockerfile"), str(tmp_path)]
    other = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    first, second = inspect(image)["RootFS"]["Layers"], inspect(other)["RootFS"]["Layers"]
    docker("rmi", "--force", other)
    assert first[:-1] == second[:-1] and first[-1] != second[-1]


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run([hadolint, "backend/Dockerfile"], cwd=REPOSITORY, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
