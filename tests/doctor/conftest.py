"""A machine as bare as it can be: no Docker daemon, so that what is found does not depend on whose it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from smctl.doctor import catalogue
from smctl.doctor.check import Result
from smctl.project.project import Project

Find = Callable[[str], Result]


@pytest.fixture(autouse=True)
def docker_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where smctl looks for Docker, and where there is none."""
    path = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    return path


@pytest.fixture
def find(project: Project) -> Find:
    """What one check finds in the project, as it is now."""

    def run(check_id: str) -> Result:
        (check,) = catalogue.select([check_id])
        return check.run(Project(project.root))

    return run
