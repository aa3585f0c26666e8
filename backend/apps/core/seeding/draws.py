"""Random numbers that are the same on every machine."""

from collections.abc import Callable
from random import Random

Draw = Callable[[], float]
"""Returns the next number from 0 up to, but not including, 1."""

EDITION = "smartmarket-1"
"""Another edition is other data."""


def draws(shop: int, what: str) -> Draw:
    """Return the random numbers for one theme of one shop.

    Python promises that a Random seeded with a text gives the same `random()` in every version and process;
    of its other methods it does not.
    """
    return Random(f"{EDITION}:{shop}:{what}").random
