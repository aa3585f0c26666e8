"""The cache shares its Redis database with the task queue, so it must never empty that database."""

from django.core.cache.backends import redis


class RedisCache(redis.RedisCache):
    """Django's Redis cache, whose `clear` removes the cache's own keys only.

    Django's runs FLUSHDB, which would also drop every task that waits in the queue.
    """

    def clear(self) -> None:
        client = self._cache.get_client(write=True)
        own_keys = client.scan_iter(match=f"{self.key_prefix}:*", count=1000)
        for key in own_keys:
            client.unlink(key)
