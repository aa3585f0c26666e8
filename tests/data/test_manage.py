"""What is shown of a command of Django's that failed."""

from __future__ import annotations

from smctl.data.manage import LINES_KEPT, evidence


def test_of_a_refusal_the_reason_is_shown_alone() -> None:
    assert evidence(["a warning", "CommandError: That is no app."]) == "That is no app."
    usage = ["usage: manage.py seed_demo [-h]", "                [--users USERS]"]
    assert evidence([*usage, "manage.py seed_demo: error: argument --users: 5x"]) == "argument --users: 5x"


def test_of_a_reason_with_more_lines_all_are_shown() -> None:
    assert evidence(["CommandError: Conflicts.", "Run makemigrations --merge"]) == (
        "Conflicts.\nRun makemigrations --merge"
    )


def test_of_anything_else_the_last_lines_are_shown() -> None:
    lines = [f"line {number}" for number in range(100)]
    assert evidence(lines) == "\n".join(lines[-LINES_KEPT:])
