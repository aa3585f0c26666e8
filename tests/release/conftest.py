from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smctl.release import rollout, verifying
from smctl.release.remotes import http
from tests.release.stage import Stage, production


@pytest.fixture
def stage(tmp_path: Path, quick: None) -> Iterator[Stage]:
    """A production where commit A is live on web and worker."""
    with production(tmp_path / "render") as there:
        yield there


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pause is short: what is tested is what comes after what, not how long a platform takes."""
    for module, name, seconds in (
        (rollout, "POLL", 0.005),
        (rollout, "SLOWEST_POLL", 0.02),
        (rollout, "APPEARS", 0.4),
        (rollout, "CUT_OFF", 1.0),
        (verifying, "EVERY", 0.002),
        (verifying, "DEADLINE", 0.6),
        (http, "FIRST_PAUSE", 0.01),
        (http, "READ", 0.4),
    ):
        monkeypatch.setattr(module, name, seconds)
