"""What the embedded stack takes of the machine's memory, by service."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil

from bench.rows import Row
from bench.stacks import Stacks, family
from tests.e2e.live import LiveStack

BUDGET = 350e6  # bytes, with the frontend
IDLE = 3.0  # seconds after the last request
KINDS = ("supervisor", "db", "redis", "web", "worker", "frontend")


@dataclass(frozen=True)
class Bytes:
    """resident: each page as often as it is mapped. proportional: a page that n processes share is 1/n in
    each.
    """

    resident: int
    proportional: int


def run(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.with_frontend
    stack.up()  # installs the packages, and Vite bundles its dependencies
    _use(stack)
    taken = []
    for _ in range(rounds):
        stack.down()
        stack.up()
        _use(stack)
        taken.append(_by_kind(stack))
    yield from _rows("resident", [{kind: size.resident for kind, size in one.items()} for one in taken])
    yield from _rows(
        "proportional", [{kind: size.proportional for kind, size in one.items()} for one in taken]
    )


def _rows(how: str, taken: list[Mapping[str, int]]) -> Iterator[Row]:
    everything = [float(sum(one.values())) for one in taken]
    without = [total - one["frontend"] for total, one in zip(everything, taken)]
    yield Row(
        f"embedded stack, {how}",
        everything,
        "without the supervisor",
        [total - one["supervisor"] for total, one in zip(everything, taken)],
        budget=BUDGET,
        unit="bytes",
        parts={kind: [one[kind] for one in taken] for kind in KINDS},
    )
    yield Row(
        f"embedded stack, {how}, no frontend",
        without,
        "without the supervisor",
        [total - one["supervisor"] for total, one in zip(without, taken)],
        unit="bytes",
    )


def _use(stack: LiveStack) -> None:
    """Two pages and a call, so that what is loaded at the first request is loaded; then it comes to rest."""
    assert stack.get("/api/docs/", deadline=30).status == 200
    assert stack.get("/api/", deadline=30).status == 200
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.ports['frontend']}/", timeout=30) as page:
        assert page.status == 200
    time.sleep(IDLE)


def _by_kind(stack: LiveStack) -> dict[str, Bytes]:
    """Of each service with everything below it; of the supervisor alone."""
    sizes = {kind: _size(family(stack.pid(kind))) for kind in KINDS if kind != "supervisor"}
    return {"supervisor": _size([psutil.Process(stack.pid("supervisor"))])} | sizes


def _size(processes: list[psutil.Process]) -> Bytes:
    resident = proportional = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # PostgreSQL has some that come and go
            taken = process.memory_full_info()
            resident += taken.rss
            # Only Linux knows the proportional size; elsewhere the unshared one comes nearest.
            proportional += getattr(taken, "pss", taken.uss)
    return Bytes(resident, proportional)
