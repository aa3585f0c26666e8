"""The wheel: what `pip install` gives somebody who has no checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smctl import __version__
from tests.processes import REPOSITORY

HEAVY = {"rich", "httpx", "docker", "pydantic", "asyncio", "typer"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("wheel")
    argv = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
    ]
    done = subprocess.run([*argv, str(REPOSITORY)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    yield next(folder.glob("smctl-*.whl"))


def test_the_wheel_carries_templates_backend_and_frontend_and_no_rubbish(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "smctl/_data/templates/docker-compose.yml.j2",
        "smctl/_data/backend/manage.py",
        "smctl/_data/backend/apps/auth/models.py",
        "smctl/_data/frontend/package.json",
    ):
        assert wanted in names
    rubbish = (
        "node_modules",
        "__pycache__",
        ".smctl/",
        ".mypy_cache",
        ".pytest_cache",
        "/dist/",
        "staticfiles/",
        ".env",
    )
    assert not [
        name for name in names if any(part in name for part in rubbish) and ".env.example" not in name
    ]
    assert wheel.stat().st_size < 2_000_000


def test_an_installed_wheel_runs_and_its_version_imports_nothing_heavy(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, timeout=120)
    subprocess.run(
        [str(venv / "bin" / "pip"), "install", "--quiet", "--no-deps", str(wheel)], check=True, timeout=120
    )
    # With none of its dependencies installed: --version needs none.
    done = subprocess.run(
        [str(venv / "bin" / "python"), "-X", "importtime", "-m", "smctl", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == f"smctl {__version__}\n"
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert not imported & HEAVY
    script = subprocess.run(
        [str(venv / "bin" / "smctl"), "--version"], capture_output=True, text=True, timeout=60
    )
    assert script.stdout == f"smctl {__version__}\n"
