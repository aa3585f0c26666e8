import redis
from django.core.cache import cache


def test_the_cache_keeps_and_forgets(redis_client: redis.Redis) -> None:
    cache.set("tests:key", {"name": "রহিম"}, timeout=60)
    assert cache.get("tests:key") == {"name": "রহিম"}
    cache.delete("tests:key")
    assert cache.get("tests:key") is None


def test_clearing_the_cache_leaves_the_task_queue_alone(redis_client: redis.Redis) -> None:
    redis_client.lpush("tests:queue", "task")
    cache.set("tests:key", 1)
    cache.clear()
    assert cache.get("tests:key") is None
    assert redis_client.llen("tests:queue") == 1
    redis_client.delete("tests:queue")
