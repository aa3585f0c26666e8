"""How often somebody may ask. The counts are in Redis, so that all processes share them.

Where Redis does not answer nobody counts, and every request is served: a shop that cannot sell is worse than
one that can be asked too often.
"""

import ipaddress
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar, TypeVar, cast

from django.core.cache import cache
from rest_framework import throttling
from rest_framework.request import Request
from rest_framework.settings import api_settings

from apps.core.cache import CacheUnavailable, RedisCache

Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)

BLIND_SECONDS = 5.0
"""How long Redis is left alone after it did not answer: a frozen one costs each request a second."""


class RateThrottle(throttling.SimpleRateThrottle):
    """REST framework's, counted in one step: its own reads, adds, writes, and loses what came in between.

    A subclass says its `scope`, whose rate is in the settings, and whom it counts; None: nobody.
    """

    _blind_until: ClassVar[float] = 0.0

    scope: str
    num_requests: int
    duration: int

    def get_rate(self) -> Any:
        return api_settings.DEFAULT_THROTTLE_RATES[self.scope]

    def whom(self, request: Request) -> str | None:
        raise NotImplementedError

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        whom = self.whom(request)
        return None if whom is None else self.counter(whom)

    @classmethod
    def counter(cls, whom: str) -> str:
        return f"throttle:{cls.scope}:{whom}"

    def allow_request(self, request: Request, view: Any) -> bool:
        key = self.get_cache_key(request, view) if self.rate else None
        self._wait = self._take(key) if key else 0.0
        return self._wait <= 0

    def wait(self) -> float | None:
        """Return in how many seconds the next request is served."""
        return self._wait

    def address(self, request: Request) -> str:
        """Return where the request comes from; of IPv6 the /64, which one subscriber has whole."""
        ident = self.get_ident(request)
        with suppress(ValueError):
            address = ipaddress.ip_address(ident)
            if isinstance(address, ipaddress.IPv6Address):
                return str(address.ipv4_mapped or ipaddress.IPv6Network((int(address), 64), strict=False))
        return str(ident)

    @classmethod
    def forget(cls, whom: str) -> None:
        """Count `whom` from none again."""
        cls._counted(lambda counts: counts.give_back(cls.counter(whom)), None)

    def _take(self, key: str) -> float:
        return self._counted(
            lambda counts: counts.take(key, count=self.num_requests, seconds=self.duration), 0.0
        )

    @staticmethod
    def _counted(ask: Callable[[RedisCache], Answer], otherwise: Answer) -> Answer:
        if time.monotonic() < RateThrottle._blind_until:
            return otherwise
        try:
            return ask(cast(RedisCache, cache))
        except CacheUnavailable as error:
            logger.warning("Nobody is throttled for %s s: %s", BLIND_SECONDS, error)
            RateThrottle._blind_until = time.monotonic() + BLIND_SECONDS
            return otherwise


class AnonThrottle(RateThrottle):
    """Whoever is not logged in, by address."""

    scope = "anon"

    def whom(self, request: Request) -> str | None:
        return None if request.user and request.user.is_authenticated else self.address(request)


class UserThrottle(RateThrottle):
    """Whoever is logged in."""

    scope = "user"

    def whom(self, request: Request) -> str | None:
        return str(request.user.pk) if request.user and request.user.is_authenticated else None
