"""/health: how fast while all is well, and how long at most while something hangs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from statistics import quantiles

from bench.load import latencies
from bench.rows import Row, shown
from bench.samples import interleaved
from bench.stacks import Stacks, family
from tests.e2e.live import LiveStack, eventually

RATE, SECONDS = 200, 10.0  # requests per second, and for how long
LIVE = "/health/live"  # looks at nothing, so the rest of its time is that of the server and of the client
WATCHED = 5.0  # seconds in which a frozen service is asked about
GIVEN_UP = 20.0  # seconds without an answer
WELL_AGAIN = 30.0


def healthy(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.embedded
    stack.up()
    halves = dict[str, list[float]]({"/health": [], LIVE: []})

    def load(path: str) -> float:
        cuts = quantiles(latencies(stack.ports["web"], path, rate=RATE, seconds=SECONDS), n=100)
        halves[path].append(cuts[49])
        return cuts[98]

    health, live = interleaved(rounds, lambda: load("/health"), lambda: load(LIVE))
    yield Row("/health, p50", halves["/health"], f"{LIVE}, p50", halves[LIVE])
    yield Row("/health, p99", health, f"{LIVE}, p99", live, budget=0.025)


def hanging(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.embedded
    stack.up()
    for service in ("db", "redis", "worker"):
        seen = [_watched_while_frozen(stack, service) for _ in range(rounds)]
        worst, first_refusal = max(one[0] for one in seen), max(one[1] for one in seen)
        yield Row(
            f"/health, worst, {service} frozen",
            [worst],
            budget=2.0,
            note=f"503 after {shown(first_refusal, 'seconds')} at the latest",
        )


def _watched_while_frozen(stack: LiveStack, service: str) -> tuple[float, float]:
    """The slowest answer, and when the first 503 was there: seconds after the freeze."""
    slowest, first_refusal = 0.0, float("inf")
    with _frozen(stack.pid(service)):
        began = time.perf_counter()
        while time.perf_counter() - began < WATCHED:
            answer = stack.get("/health", deadline=GIVEN_UP)
            slowest = max(slowest, answer.seconds)
            if answer.status == 503:
                first_refusal = min(first_refusal, time.perf_counter() - began)
            time.sleep(0.02)
    eventually(lambda: stack.health().status == 200, within=WELL_AGAIN)
    assert first_refusal < float("inf"), f"/health never said that {service} hangs"
    return slowest, first_refusal


@contextmanager
def _frozen(pid: int) -> Iterator[None]:
    """A process and all below it are stopped, and go on afterwards."""
    stopped = family(pid)
    try:
        for process in stopped:
            os.kill(process.pid, signal.SIGSTOP)
        yield
    finally:
        for process in reversed(stopped):
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)
