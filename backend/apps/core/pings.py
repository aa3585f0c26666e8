"""Sends pings to the workers and looks for their traces."""

from collections.abc import Sequence

from django.core.cache import cache

from apps.core.polling import attempts
from apps.core.tasks import ping, ping_key


def tokens(*, prefix: str, count: int) -> list[str]:
    """Return the tokens of `count` pings; the same arguments always name the same pings."""
    return [f"{prefix}-{number}" for number in range(count)]


def send(wanted: Sequence[str]) -> None:
    """Put one ping for each token into the queue."""
    for token in wanted:
        ping.delay(token)


def executed(wanted: Sequence[str], *, within_seconds: float) -> int:
    """Return how many left their trace; as soon as all have, at the latest when the time is up."""
    found = 0
    for _ in attempts(within_seconds):
        found = len(cache.get_many(map(ping_key, wanted)))
        if found == len(wanted):
            break
    return found
