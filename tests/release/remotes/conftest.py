"""The clients are led to a platform on this machine; its fixtures are those of tests/rehearsal."""

from __future__ import annotations

from tests.rehearsal.conftest import api, platform, render, runner

__all__ = ["api", "platform", "render", "runner"]
