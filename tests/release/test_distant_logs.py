"""Log lines of production, from the rehearsal's Render."""

from __future__ import annotations

import itertools
import time

import pytest

from smctl.release import distant_logs
from smctl.stack.services import LogLine
from tests.release.stage import A, B, Stage


def lines(stage: Stage, *names: str, begin: float | None = None) -> list[LogLine]:
    found = distant_logs.lines(stage.render, stage.pair, names, begin, limit=100, follow=False)
    return list(found)


def test_lines_of_both_services_are_told_by_their_kind(stage: Stage) -> None:
    told = lines(stage, "web", "worker")
    assert {line.service for line in told} == {"web", "worker"}
    assert any(A in line.text for line in told)
    assert [line.at for line in told] == sorted(line.at for line in told)


def test_one_service_is_told_alone(stage: Stage) -> None:
    assert {line.service for line in lines(stage, "worker")} == {"worker"}


def test_what_is_older_is_left_out(stage: Stage) -> None:
    assert lines(stage, "web", begin=time.time() + 60) == []


def test_what_comes_later_is_followed_and_nothing_told_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distant_logs, "EVERY", 0.01)
    stream = distant_logs.lines(stage.render, stage.pair, ["web"], None, limit=100, follow=True)
    before = list(itertools.islice(stream, len(lines(stage, "web"))))
    stage.release(B)
    later = next(stream)
    assert later not in before
    assert any(B in line.text for line in [later, *lines(stage, "web")])
