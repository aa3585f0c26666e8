"""Containers that look like those of Compose: made from a base image, never started."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MakeContainer = Callable[..., str]


@pytest.fixture
def make_container() -> Iterator[MakeContainer]:
    """make_container(compose_project, folder, service="web"): its id. Gone when the test is over."""
    made: list[str] = []

    def make(compose_project: str, folder: Path, service: str = "web") -> str:
        label = "com.docker.compose"
        labels = {
            "project": compose_project,
            "project.working_dir": folder,
            "service": service,
            "oneoff": "False",
        }
        words = [word for key, value in labels.items() for word in ("--label", f"{label}.{key}={value}")]
        done = subprocess.run(
            ["docker", "create", *words, "redis:7-bookworm"], capture_output=True, text=True, check=True
        )
        made.append(done.stdout.strip())
        return made[-1]

    yield make
    subprocess.run(["docker", "rm", "--force", "--volumes", *made], capture_output=True, check=False)
