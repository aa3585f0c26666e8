"""The project's own checks, run as a person would run them: the backend's on both Djangos, the frontend's."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.live import LiveStack, made
from tests.processes import REPOSITORY

CHECKS = (
    ["black", "--check", "--quiet", "."],
    ["isort", "--check-only", "--quiet", "."],
    ["flake8", "."],
    ["mypy", "."],
    ["python", "manage.py", "makemigrations", "--check"],
    ["python", "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null"],
)


@pytest.mark.embedded
@pytest.mark.long
@pytest.mark.timeout(1000)
@pytest.mark.parametrize("django", ("5.2", "4.2"))
def test_the_backend_passes_its_own_tests(tmp_path: Path, django: str) -> None:
    for stack in made(tmp_path / "shop", django=django):
        stack.up()
        version = stack.smctl("run", "web", "--", "python", "-m", "django", "--version")
        assert version.out.startswith(django)
        tests = stack.smctl("test", "backend", "--", "-q", timeout=900)
        assert tests.code == 0, tests.out[-4000:] + tests.err[-2000:]
        assert " passed" in tests.out and "skipped" not in tests.out, tests.out[-1000:]
        if django == "5.2":
            _checks_pass(stack)
        assert stack.health().status == 200, "the tests disturbed the running stack"


def _checks_pass(stack: LiveStack) -> None:
    for check in CHECKS:
        module = check if check[0] == "python" else ["python", "-m", *check]
        done = stack.smctl("run", "web", "--", *module)
        assert done.code == 0, f"{check}\n{done.out[-3000:]}{done.err[-3000:]}"


@pytest.mark.timeout(400)
def test_the_frontend_passes_its_own_checks(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine")
    folder = tmp_path / "frontend"
    shutil.copytree(REPOSITORY / "frontend", folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    production = dict(os.environ) | {"REACT_APP_API_URL": "https://smartmarket-api.onrender.com/api"}
    scripts = [["npm", "ci", "--no-audit", "--no-fund"]]
    scripts += [["npm", "run", name] for name in ("format:check", "lint", "test", "build")]
    for script in scripts:
        done = subprocess.run(script, cwd=folder, env=production, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    assert "warn" not in done.stdout.lower(), done.stdout
    assert (folder / "dist" / "index.html").exists()
