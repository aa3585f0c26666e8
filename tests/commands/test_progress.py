"""Progress: a plain line for each thing that happens, and the times at the end."""

from __future__ import annotations

import pytest

from smctl.commands import progress
from smctl.commands.progress import Progress, summary
from smctl.output import Output
from smctl.stack.services import Event, Phase


def said(capsys: pytest.CaptureFixture[str], *events: Event, quiet: bool = False) -> list[str]:
    with Progress(Output(quiet=quiet)) as show:
        for event in events:
            show(event)
    out, err = capsys.readouterr()
    assert out == ""
    return [" ".join(line.split()) for line in err.splitlines()]


def test_each_change_is_a_line_with_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(
        capsys,
        Event("db", "starting"),
        Event("db", "running", "accepts connections", 0.06),
        Event("prepare", "done", "", 1.2),
        Event("web", "exited", "exit status 1", 0.5),
    ) == [
        "… db starting 0 ms",
        "✓ db running 60 ms accepts connections",
        "✓ prepare done 1.2 s",
        "✗ web exited 500 ms exit status 1",
    ]


def test_the_same_twice_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(said(capsys, *[Event("db", "starting", "x")] * 3)) == 1


def test_waiting_is_said_when_it_lasts_and_again_when_the_reason_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quickly = Event("web", "waiting", "nothing listens")
    assert said(capsys, Event("web", "starting"), quickly) == ["… web starting 0 ms"]
    monkeypatch.setattr(progress, "REMIND_AFTER", 0.0)
    lines = said(capsys, Event("web", "starting"), quickly, Event("web", "waiting", "503"))
    assert [line.split(" ", 5)[-1] for line in lines[1:]] == ["nothing listens", "503"]


def test_what_is_done_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "REMIND_AFTER", 0.0)
    running = Event("db", "running", "", 0.1)
    assert len(said(capsys, running, Event("db", "waiting", "is running"))) == 1


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, Event("db", "starting"), quiet=True) == []


def test_the_summary_names_the_slowest() -> None:
    phases = [Phase("db", 0.06), Phase("worker", 0.87), Phase("web", 0.3)]
    assert summary(1.1, phases) == "healthy in 1.1 s: db 60 ms, worker 870 ms, web 300 ms. Slowest: worker."
    assert summary(0.1, []) == "already healthy (100 ms)"
