"""Taking samples in turns, so that whatever else the machine does falls on all sides alike."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests import processes

Side = Callable[[], float]

INTERPRETER = (sys.executable, "-c", "pass")
COMMAND_DEADLINE = 60.0  # seconds
QUICK = 10  # samples per round of what takes milliseconds


def timed(action: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def command(argv: Sequence[str], cwd: Path) -> float:
    """Seconds from the start of a process to its end. Raises CalledProcessError where it fails."""
    env = processes.environment()
    began = time.perf_counter()
    subprocess.run(
        argv,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=COMMAND_DEADLINE,
        check=True,
    )
    return time.perf_counter() - began


def interleaved(rounds: int, *sides: Side) -> list[list[float]]:
    """One sample of each side a round; every other round goes backwards."""
    taken: list[list[float]] = [[] for _ in sides]
    for number in range(rounds):
        order = range(len(sides)) if number % 2 == 0 else reversed(range(len(sides)))
        for index in order:
            taken[index].append(sides[index]())
    return taken


def quick(rounds: int, *sides: Side) -> list[list[float]]:
    """Many samples of each side, after one that is not counted: it fills the caches."""
    for side in sides:
        side()
    return interleaved(rounds * QUICK, *sides)
