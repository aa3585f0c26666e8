"""What seed_demo is asked for, and what is taken for its answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smctl.data.seeding import COUNTED, Wanted, document
from smctl.errors import SmctlError

COUNTS = dict.fromkeys(COUNTED, 3)
ANSWER: dict[str, Any] = {
    "users": 3,
    "created": COUNTS,
    "totals": COUNTS,
    "checksum": "0f" * 16,
    "seconds": 1.5,
}


def test_only_what_was_given_is_asked_for() -> None:
    assert Wanted(3).words == ["seed_demo", "--users=3", "--json"]
    everything = Wanted(0, 1, 2, 0, "2026-11-22", True)
    assert everything.words == [
        "seed_demo",
        "--users=0",
        "--products=1",
        "--customers=2",
        "--transactions=0",
        "--as-of=2026-11-22",
        "--reset",
        "--json",
    ]


def test_the_commands_document_is_the_result() -> None:
    assert document(json.dumps(ANSWER) + "\n") == ANSWER


@pytest.mark.parametrize(
    "said",
    [
        "",
        "seeded",
        "[]",
        "null",
        json.dumps(ANSWER | {"checksum": ""}),
        json.dumps(ANSWER | {"totals": {}}),
        json.dumps(ANSWER | {"totals": COUNTS | {"products": "many"}}),
        json.dumps(ANSWER) * 2,
    ],
)
def test_an_answer_that_does_not_say_what_is_there_is_no_success(said: str) -> None:
    with pytest.raises(SmctlError) as caught:
        document(said)
    assert caught.value.code == "seed_failed"
    assert "did not say what is there" in caught.value.why
