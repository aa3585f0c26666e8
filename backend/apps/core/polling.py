"""Waiting for something outside this process: often at first, then less often, and never for ever."""

import time
from collections.abc import Iterator

FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.2
GROWTH = 1.5


def attempts(seconds: float) -> Iterator[int]:
    """Yield the number of each attempt, pausing in between, until `seconds` have passed; at least one."""
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE_SECONDS
    number = 1
    yield number
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        pause = min(pause * GROWTH, LONGEST_PAUSE_SECONDS)
        number += 1
        yield number
