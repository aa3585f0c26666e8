"""The error tree: what a caller can do decides the class, the class decides the exit status."""

from __future__ import annotations

import json

import pytest

from smctl import errors
from smctl.errors import Interrupted, NotHealthy, Refused, RemoteFailed, SmctlError, WrongUse

STATUSES: dict[type[SmctlError], int] = {
    SmctlError: 1,
    WrongUse: 2,
    NotHealthy: 3,
    Refused: 4,
    RemoteFailed: 5,
    Interrupted: 130,
}


def test_every_class_has_the_exit_status_that_scripts_know() -> None:
    classes = [item for item in vars(errors).values() if isinstance(item, type)]
    assert {item: item.exit_status for item in classes if issubclass(item, SmctlError)} == STATUSES


def test_the_table_in_the_docstring_is_true() -> None:
    for kind, status in STATUSES.items():
        (line,) = [line for line in (errors.__doc__ or "").splitlines() if f"{kind.__name__} " in line]
        assert line.split(kind.__name__)[1].split()[0] == str(status)


@pytest.mark.parametrize("kind", [kind for kind in STATUSES if kind is not Interrupted])
def test_an_error_is_four_things_in_json_too(kind: type[SmctlError]) -> None:
    error = kind("some_code", "It failed.", why="line 1\nline 2", fix="smctl doctor")
    shown = json.loads(json.dumps(error.as_document()))
    assert shown == {
        "error": {
            "code": "some_code",
            "message": "It failed.",
            "why": "line 1\nline 2",
            "fix": "smctl doctor",
        }
    }
    assert str(error) == "It failed."


def test_an_interruption_needs_no_words() -> None:
    assert Interrupted().as_document()["error"] == {
        "code": "interrupted",
        "message": "Interrupted.",
        "why": "",
        "fix": "",
    }
