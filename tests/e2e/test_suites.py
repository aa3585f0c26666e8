"""The backend's own tests on both Djangos, run as a person would run them.

Its linters, and all that is the frontend's, run as steps of the workflow: test_workflow_steps.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.live import made


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
        assert stack.health().status == 200, "the tests disturbed the running stack"
