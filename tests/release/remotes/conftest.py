"""The clients are led to a platform on this machine; its fixtures are those of tests/rehearsal."""

from __future__ import annotations

from tests.rehearsal.conftest import api as api
from tests.rehearsal.conftest import platform as platform
from tests.rehearsal.conftest import render as render
from tests.rehearsal.conftest import runner as runner
