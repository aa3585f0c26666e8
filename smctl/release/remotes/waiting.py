"""How long to wait before a request is made again."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

FIRST, LONGEST = 0.5, 10.0  # seconds between two tries
SPREAD = 0.5  # seconds by which those who were told the same moment come back one after the other


def pause(tries: int) -> float:
    """Seconds before the next try: doubled each time, less a random part, so that not all try at once."""
    longest = min(FIRST * 2.0**tries, LONGEST)
    return longest / 2 + random.uniform(0, longest / 2)


def told(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the server says: Retry-After (seconds or a date), else Ratelimit-Reset.

    Render's documentation calls the latter seconds since 1970; what is recorded of it are seconds remaining.
    """
    for name in ("retry-after", "ratelimit-reset", "x-ratelimit-reset"):
        value = headers.get(name, "")
        try:
            seconds = float(value) if value else None
        except ValueError:
            seconds = _until(value)
        if seconds is not None:
            return max(seconds - time.time() if seconds > 1e9 else seconds, 0.0)
    return None


def _until(date: str) -> float | None:
    try:
        return max(parsedate_to_datetime(date).timestamp() - time.time(), 0.0)
    except ValueError:
        return None


def after_limit(headers: Mapping[str, str], tries: int) -> float:
    """Seconds after "too often": what the server says, else as after any failure."""
    seconds = told(headers)
    return pause(tries) if seconds is None else seconds + random.uniform(0, SPREAD)
