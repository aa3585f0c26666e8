"""The floors of the house: arrows run down only, and one door catches everything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.processes import REPOSITORY

SOURCES = sorted((REPOSITORY / "smctl").rglob("*.py"))


def test_arrows_run_down_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(REPOSITORY)
    status = lint_imports(config_filename=str(REPOSITORY / "pyproject.toml"), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_everything_is_caught_at_the_outermost_door_alone() -> None:
    catching = {path.name for path in SOURCES for _ in _catching_everything(path)}
    assert catching == {"door.py"}


def _catching_everything(path: Path) -> Iterator[ast.ExceptHandler]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            caught = "" if node.type is None else ast.unparse(node.type)
            if caught in ("", "Exception"):
                yield node
