"""The only writer: data to stdout, all else to stderr, colours only where a terminal wants them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping

import pytest

from smctl.output import GREEN, Output, seconds, table
from smctl.project.project import Project
from tests import processes

DOCUMENT = {"name": "দোকান", "ok": True}


def test_data_is_text_for_people_and_a_document_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    Output().data(DOCUMENT, "all is well")
    assert capsys.readouterr() == ("all is well\n", "")
    Output(as_json=True).data(DOCUMENT, "all is well")
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == (DOCUMENT, "")
    assert "দোকান" in out


def test_no_text_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    Output().data(DOCUMENT, "")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("quiet", "verbose", "said"),
    [
        (False, False, "working\nnote: mind this\n"),
        (True, False, "note: mind this\n"),
        (False, True, "working\nnote: mind this\nin detail\n"),
    ],
)
def test_what_is_said_besides_goes_to_stderr(
    quiet: bool, verbose: bool, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = Output(quiet=quiet, verbose=verbose)
    out.progress("working")
    out.note("mind this")
    out.detail("in detail")
    assert capsys.readouterr() == ("", said)


def test_what_is_no_terminal_gets_no_colour_and_no_live_display() -> None:
    assert Output().paint("text", GREEN) == "text"
    assert not Output().live


def on_a_terminal(project: Project, *arguments: str, env: Mapping[str, str]) -> str:
    """What `smctl status`, which fails here, shows a person."""
    terminal, its_end = os.openpty()
    done = subprocess.Popen(
        processes.argv("status", *arguments),
        cwd=project.root,
        env=processes.environment({"TERM": "xterm", **env}),
        stdin=its_end,
        stdout=its_end,
        stderr=its_end,
    )
    os.close(its_end)
    done.wait(timeout=30)
    shown = os.read(terminal, 65536).decode()
    os.close(terminal)
    return shown


@pytest.mark.parametrize(
    ("arguments", "env", "colored"),
    [
        ([], {}, True),
        ([], {"NO_COLOR": ""}, True),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
        (["--no-color"], {}, False),
    ],
)
def test_colours_are_for_a_terminal_that_wants_them(
    arguments: list[str], env: dict[str, str], colored: bool, project: Project
) -> None:
    shown = on_a_terminal(project, *arguments, env=env)
    assert "There is no stack" in shown
    assert ("\x1b[" in shown) == colored


def test_a_table_has_straight_columns_and_no_blanks_at_the_end() -> None:
    rows = [["NAME", "PORT", ""], ["web", "8000", "ok"], ["database", "", ""]]
    assert table(rows) == "  NAME      PORT\n  web       8000  ok\n  database"
    assert table([]) == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0 ms"),
        (0.3404, "340 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (1.24, "1.2 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (119.7, "2 min 0 s"),
        (125.0, "2 min 5 s"),
    ],
)
def test_a_duration_is_in_words(value: float, words: str) -> None:
    assert seconds(value) == words
