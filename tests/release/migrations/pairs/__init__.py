"""The table of pairs that the verdicts are proved on."""

from __future__ import annotations

from tests.release.migrations.pairs import code, columns, constraints, history

PAIRS = [*columns.PAIRS, *constraints.PAIRS, *code.PAIRS, *history.PAIRS]
