"""A steady load on production, and what became of every request of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 30.0  # seconds for one answer
PAUSE = 2.0  # seconds of a release's silence after which it counts as come back
EVERY = 5.0  # seconds between two words on how it goes


@dataclass
class Span:
    """A time in which a release answered, in seconds since the load began."""

    release: str
    requests: int
    begin: float
    end: float


@dataclass
class Tally:
    """latencies: seconds, of answered requests. spans: by X-Release; two of them may overlap at a switch.

    A request failed where there was no answer to it, or one with a status of 500 and more.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(self.statuses.values()) + sum(self.errors.values())

    @property
    def failed(self) -> int:
        return sum(self.errors.values()) + sum(n for status, n in self.statuses.items() if status >= 500)

    def answered(self, status: int, release: str, took: float, at: float) -> None:
        """at: seconds since the load began."""
        self.statuses[status] += 1
        self.latencies.append(took)
        span = next((each for each in reversed(self.spans) if each.release == release), None)
        if span is None or at - span.end > PAUSE:
            span = Span(release, 0, at, at)
            self.spans.append(span)
        span.requests += 1
        span.end = at

    def as_document(self) -> dict[str, Any]:
        ordered = sorted(self.latencies)
        return {
            "requests": self.requests,
            "failed": self.failed,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "errors": dict(self.errors),
            "latency_ms": {name: _at(ordered, share) for name, share in SHARES.items()},
            "releases": [
                {
                    "release": span.release,
                    "requests": span.requests,
                    "from": round(span.begin, 2),
                    "to": round(span.end, 2),
                }
                for span in self.spans
            ],
        }


SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "max": 1.0}


def run(url: str, *, rate: float, seconds: float, say: Callable[[Tally, float], None]) -> Tally:
    """Ask for `url` so many times a second. A slow answer delays no other request.

    say: called now and then with the tally so far and how many seconds have passed. Ctrl-C ends the load
    early, and what was counted until then is returned.
    """
    tally = Tally()
    try:
        asyncio.run(_offer(url, tally, rate=rate, seconds=seconds, say=say))
    except KeyboardInterrupt:
        pass
    return tally


async def _offer(
    url: str, tally: Tally, *, rate: float, seconds: float, say: Callable[[Tally, float], None]
) -> None:
    import httpx

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    began, said = time.monotonic(), 0.0
    async with httpx.AsyncClient(limits=limits, timeout=PATIENCE, trust_env=False) as client:
        async with asyncio.TaskGroup() as requests:
            for number in range(round(rate * seconds)):
                await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
                requests.create_task(_request(client, url, tally, began))
                if time.monotonic() - began - said >= EVERY:
                    said = time.monotonic() - began
                    say(tally, said)


async def _request(client: Any, url: str, tally: Tally, began: float) -> None:
    import httpx

    asked = time.monotonic()
    try:
        response = await client.get(url)
    except httpx.HTTPError as error:
        tally.errors[type(error).__name__] += 1
        return
    now = time.monotonic()
    tally.answered(response.status_code, response.headers.get("X-Release", ""), now - asked, now - began)


def _at(ordered: list[float], share: float) -> float | None:
    """Milliseconds; the latency that this share of the requests did not exceed."""
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)
