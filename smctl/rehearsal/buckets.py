"""Render's rate limits, as they were recorded."""

from __future__ import annotations

import math
import re
import threading
import time
from dataclasses import dataclass

from smctl.rehearsal.pace import Pace

HOUR = 3600.0
MINUTE = 60.0
_OF_A_SERVICE = re.compile(r"/services/([^/]+)(/(deploys|scale|suspend|resume))?")
_NEW_DATABASES = re.compile(r"/(services|postgres|key-value|redis)")
_JOBS = re.compile(r"/services/[^/]+/jobs")


@dataclass(frozen=True)
class Limit:
    """bucket: who shares it. most: requests in each window of `window` seconds."""

    bucket: str
    most: int
    window: float


def limit_of(method: str, path: str) -> Limit:
    """path: below /v1."""
    if method == "GET":
        return Limit("logs", 30, MINUTE) if path.startswith("/logs") else Limit("reads", 400, MINUTE)
    if method == "POST" and _NEW_DATABASES.fullmatch(path):
        return Limit("new", 20, HOUR)
    if method == "POST" and _JOBS.fullmatch(path):
        return Limit("jobs", 2000, HOUR)
    of_service = _OF_A_SERVICE.fullmatch(path)
    if of_service and (method == "PATCH" or (method == "POST" and of_service[2])):
        return Limit(f"service {of_service[1]}", 10, MINUTE)
    return Limit("writes", 100, MINUTE)


@dataclass(frozen=True)
class Spent:
    """left: requests that the window still has; -1 where this one was too many. reset: seconds to its end."""

    limit: Limit
    left: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """Seconds remaining, although the documentation calls it seconds since 1970."""
        counted = {
            "Ratelimit-Limit": str(self.limit.most),
            "Ratelimit-Remaining": str(max(self.left, 0)),
            "Ratelimit-Reset": str(self.reset),
        }
        return counted | ({"Retry-After": str(self.reset)} if self.left < 0 else {})


class Buckets:
    """Windows as long as the pace makes them."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._windows: dict[str, tuple[float, int]] = {}  # of each bucket: its end, and what is left
        self._lock = threading.Lock()

    def spend(self, method: str, path: str) -> Spent:
        limit, now = limit_of(method, path), time.monotonic()
        with self._lock:
            end, left = self._windows.get(limit.bucket, (0.0, 0))
            if now >= end:
                end, left = now + self._pace.seconds(limit.window), limit.most
            self._windows[limit.bucket] = (end, max(left - 1, 0))
        return Spent(limit, left - 1, math.ceil(end - now))
