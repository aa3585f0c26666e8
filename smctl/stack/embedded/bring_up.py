"""Doing what `up` and `restart` ask, and telling about it until all is healthy, something failed, or it is
late.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from smctl.stack import probes
from smctl.stack.embedded.supervisor import Supervisor

REPORT_EVERY = 0.25  # seconds
FIRST_ASK, SLOWEST_ASK = 0.05, 1.0  # seconds between two questions to /health

Answer = dict[str, Any]


class BringUp:
    """changing: held while the set of services is being changed."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.changing = asyncio.Lock()
        self._supervisor = supervisor
        self._settling: asyncio.Task[None] | None = None
        self._disagreement = ""

    async def follow(self, work: Coroutine[Any, Any, None], seconds: float) -> AsyncIterator[Answer]:
        """Do the work; yield what happens; the last answer has "end" and one of services, failed, late,
        error.
        """
        events: asyncio.Queue[Answer] = asyncio.Queue()
        self._supervisor.subscribers.add(events)
        if self._settling:
            self._settling.cancel()  # whoever asked before is gone: two of them never run at once
        # The change is a task of its own, so that it is never left half done.
        change = asyncio.create_task(self._change(work))
        settling = self._settling = asyncio.create_task(self._settle(change))
        deadline, begun = time.monotonic() + seconds, set[str]()
        try:
            while not settling.done() or not events.empty():
                event = await self._next(events)
                yield event
                if event.get("state") == "starting":
                    begun.add(event["service"])
                # An exit of what was there before is what this was asked to mend.
                if event.get("state") == "failed" or (
                    event.get("state") == "exited" and event["service"] in begun
                ):
                    yield {"failed": event, "end": True}
                    return
                if time.monotonic() > deadline:
                    yield {"late": self._waiting(), "end": True}
                    return
            yield self._outcome(settling)
        finally:
            self._supervisor.subscribers.discard(events)

    async def _next(self, events: asyncio.Queue[Answer]) -> Answer:
        try:
            return await asyncio.wait_for(events.get(), REPORT_EVERY)
        except TimeoutError:
            return {"waiting": self._waiting()}

    def _outcome(self, settling: asyncio.Task[None]) -> Answer:
        if settling.cancelled():
            return {"error": "another command took over", "end": True}
        error = settling.exception()
        return {"error": str(error), "end": True} if error else {"healthy": True, "end": True}

    async def _change(self, work: Coroutine[Any, Any, None]) -> None:
        async with self.changing:
            await work

    async def _settle(self, change: asyncio.Task[None]) -> None:
        self._disagreement = ""
        await asyncio.shield(change)
        await self._supervisor.settled()
        await self._agree()
        for subscriber in self._supervisor.subscribers:
            subscriber.put_nowait({"settled": True})  # wakes `follow` before its next report is due

    async def _agree(self) -> None:
        """Wait until the application itself says that it is well: each service answers a moment before it has
        found the others again.
        """
        wait = FIRST_ASK
        while web := self._supervisor.services.get("web"):
            answer, services = await asyncio.to_thread(probes.stack_health, web.spec.probe_port)
            if answer.status == 200:
                break
            ill = [f"{name} {state}" for name, state in services.items() if state != "ok"]
            self._disagreement = f"/health: {', '.join(ill) or answer.detail}"
            await asyncio.sleep(wait)
            wait = min(wait * 1.2, SLOWEST_ASK)
        self._disagreement = ""

    def _waiting(self) -> list[Answer]:
        """What is not there yet, and why."""
        waiting = [
            {"service": name, "detail": "is running"}
            for name, event in self._supervisor.tasks.items()
            if not event.is_set()
        ]
        waiting += [
            {"service": name, "detail": keeper.detail}
            for name, keeper in self._supervisor.services.items()
            if not keeper.ready.is_set()
        ]
        return waiting + ([{"service": "stack", "detail": self._disagreement}] if self._disagreement else [])
