"""The cache shares its Redis database with the task queue, so it must never empty that database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache.backends import redis

# Redis runs a script as one step, so of two requests at once each counts. GCRA, as ATM cells are policed
# (ITU-T I.371): a request costs ARGV[1] seconds and ARGV[2] seconds may be owed; the key says until when.
TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + ARGV[1]
local wait = due - now - ARGV[2]
if wait > 0.001 then
  return tostring(wait)
end
redis.call('SET', KEYS[1], string.format('%.6f', due), 'PX', math.ceil((due - now) * 1000))
return '0'
"""


class CacheUnavailable(Exception):
    """Redis did not answer, or not in time."""


class RedisCache(redis.RedisCache):
    """Django's Redis cache, whose `clear` removes the cache's own keys only.

    Django's runs FLUSHDB, which would also drop every task that waits in the queue.
    """

    def clear(self) -> None:
        client = self._cache.get_client(write=True)
        own_keys = client.scan_iter(match=f"{self.key_prefix}:*", count=1000)
        for key in own_keys:
            client.unlink(key)

    def take(self, key: str, *, count: int, seconds: float) -> float:
        """Take one of `count` in any `seconds`; return 0, or in how many seconds there is one to take.

        Raises:
            CacheUnavailable: nobody counted.
        """
        key, cost = self.make_and_validate_key(key), seconds / count
        with _told():
            return float(self._cache.get_client(write=True).eval(TAKE, 1, key, cost, seconds))

    def give_back(self, key: str) -> None:
        """Make all that was taken under the key available again.

        Raises:
            CacheUnavailable: Redis did not answer.
        """
        with _told():
            self.delete(key)


@contextmanager
def _told() -> Iterator[None]:
    """Tell an error of Redis as one of the cache's own, for callers that get by without it."""
    # Django imports it as late as this too: a web process starts without it.
    from redis.exceptions import RedisError

    try:
        yield
    except RedisError as error:
        raise CacheUnavailable(str(error)) from error
