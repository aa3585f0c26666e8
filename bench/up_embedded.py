"""`smctl up` on the embedded engine against its own parts, each started by hand and alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.parts import Parts
from bench.rows import Row
from bench.samples import INTERPRETER, command, interleaved, timed
from bench.stacks import Stacks
from tests.e2e.live import LiveStack

Round = dict[str, float]  # seconds of each part


def warm(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.embedded
    stack.up()

    def ours() -> float:
        stack.down()
        return timed(stack.up)

    up, total, taken = _against_parts(rounds, ours, lambda: _warm_parts(stack))
    longest = [part["python"] + max(_others(part).values()) for part in taken]
    name = "smctl up, embedded, warm"
    yield Row(name, up, "sum of its parts", total, budget=1.2, parts=_by_part(taken))
    yield Row(name, up, "its critical path", longest, budget=1.2)


def cold(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.embedded
    stack.up()

    def ours() -> float:
        stack.down()
        _remove_data(stack.root)
        return timed(stack.up)

    up, total, taken = _against_parts(rounds, ours, lambda: _cold_parts(stack))
    parts = _by_part(taken)
    yield Row("smctl up, embedded, cold data", up, "sum of its parts", total, budget=2.0, parts=parts)


def _against_parts(
    rounds: int, ours: Callable[[], float], by_hand: Callable[[], Round]
) -> tuple[list[float], list[float], list[Round]]:
    """Samples of ours, of the sum of the parts, and the parts themselves."""
    taken: list[Round] = []

    def all_parts() -> float:
        taken.append(by_hand())
        return sum(taken[-1].values())

    up, total = interleaved(rounds, ours, all_parts)
    return up, total, taken


def _warm_parts(stack: LiveStack) -> Round:
    stack.down()
    python = command(INTERPRETER, stack.root)
    with Parts(stack) as parts:
        return {"python": python, "postgres": parts.start("db")} | _servers(parts)


def _cold_parts(stack: LiveStack) -> Round:
    stack.down()
    _remove_data(stack.root)
    python = command(INTERPRETER, stack.root)
    with Parts(stack) as parts:
        return {
            "python": python,
            "initdb": parts.perform("cluster"),
            "role": parts.perform("role"),
            "postgres": parts.start("db"),
            "createdb": parts.perform("database"),
            "prepare": parts.perform("prepare"),
        } | _servers(parts)


def _servers(parts: Parts) -> Round:
    valkey, web = parts.start("redis"), parts.start("web")
    parts.stop("web")
    return {"valkey": valkey, "gunicorn": web, "celery": parts.start("worker")}


def _others(part: Round) -> Round:
    return {name: seconds for name, seconds in part.items() if name != "python"}


def _by_part(taken: list[Round]) -> dict[str, list[float]]:
    return {name: [part[name] for part in taken] for name in taken[0]}


def _remove_data(root: Path) -> None:
    shutil.rmtree(root / ".smctl" / "data")
    os.sync()  # or the file system would still be deleting while the next files are made
