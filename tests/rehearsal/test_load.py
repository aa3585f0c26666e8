"""The load of a rehearsal, over real sockets."""

from __future__ import annotations

import pytest

from smctl.rehearsal import load
from smctl.rehearsal.load import Tally
from tests.rehearsal.releases import release
from tests.sockets import free_port


def silent(tally: Tally, at: float) -> None:
    """Nobody reads how it goes."""


def test_every_request_of_the_load_is_counted() -> None:
    with release("one") as (host, port):
        tally = load.run(f"http://{host}:{port}/", rate=200, seconds=0.5, say=silent)
    assert (tally.requests, tally.failed, dict(tally.statuses)) == (100, 0, {200: 100})
    assert tally.as_document()["latency_ms"]["p50"] > 0


def test_a_slow_answer_delays_no_other_request() -> None:
    with release("one") as (host, port):
        tally = load.run(f"http://{host}:{port}/slow", rate=50, seconds=0.4, say=silent)
    assert tally.requests == 20
    assert max(span.end for span in tally.spans) < 2.0  # one after the other they would take 6 s


def test_where_nobody_answers_every_request_has_failed() -> None:
    tally = load.run(f"http://127.0.0.1:{free_port()}/", rate=100, seconds=0.1, say=silent)
    assert (tally.requests, tally.failed, dict(tally.errors)) == (10, 10, {"ConnectError": 10})


def test_an_answer_that_breaks_off_has_failed() -> None:
    with release("one") as (host, port):
        tally = load.run(f"http://{host}:{port}/half", rate=100, seconds=0.05, say=silent)
    assert (tally.requests, tally.failed) == (5, 5)


def test_a_release_that_comes_back_is_told_as_a_span_of_its_own() -> None:
    tally = Tally()
    for release_name, at in (("a", 0.0), ("a", 0.1), ("b", 0.2), ("a", 0.3), ("b", 0.4), ("a", 5.0)):
        tally.answered(200, release_name, 0.01, at)
    spans = [(span.release, span.requests, span.begin, span.end) for span in tally.spans]
    assert spans == [("a", 3, 0.0, 0.3), ("b", 2, 0.2, 0.4), ("a", 1, 5.0, 5.0)]


def test_what_is_not_5xx_is_an_answer() -> None:
    tally = Tally()
    for status in (200, 404, 429, 500, 503):
        tally.answered(status, "a", 0.01, 0.0)
    assert tally.failed == 2


def test_it_says_how_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "EVERY", 0.1)
    said: list[int] = []
    with release("one") as (host, port):
        load.run(
            f"http://{host}:{port}/", rate=20, seconds=0.3, say=lambda tally, at: said.append(tally.failed)
        )
    assert said and set(said) == {0}
