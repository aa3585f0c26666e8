"""gunicorn.conf.py, which gunicorn runs to read its settings."""

import runpy
from typing import Any

import pytest

from tests.support.processes import BACKEND


def configuration() -> dict[str, Any]:
    return runpy.run_path(str(BACKEND / "gunicorn.conf.py"))


def test_workers_and_threads_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    monkeypatch.setenv("WEB_THREADS", "7")
    assert (configuration()["workers"], configuration()["threads"]) == (3, 7)


def test_there_are_two_workers_with_four_threads_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WEB_CONCURRENCY")
    monkeypatch.delenv("WEB_THREADS")
    assert (configuration()["workers"], configuration()["threads"]) == (2, 4)


def test_workers_share_a_folder_only_where_somebody_reads_the_metrics(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "on_starting" not in configuration()
    monkeypatch.setenv("METRICS_TOKEN", "token")
    assert "on_starting" in configuration()


def test_workers_are_replaced_in_production_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "max_requests" not in configuration()
    monkeypatch.setenv("DJANGO_DEBUG", "false")
    assert configuration()["max_requests_jitter"] > 0
