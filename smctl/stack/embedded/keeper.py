"""Keeping one service running: start it when what it needs is there, and again whenever it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from smctl.stack import probes
from smctl.stack.embedded import outage, process
from smctl.stack.embedded.children import Child, Children
from smctl.stack.embedded.spec import Service

FIRST_BACK_OFF, LONGEST_BACK_OFF = 0.2, 30.0  # seconds; doubled at every exit, forgotten after STEADY
STEADY = 10.0
FIRST_POLL, SLOWEST_POLL = 0.002, 0.02  # seconds between two probes of something that starts
PATIENCE = 3.0  # seconds that a running service may fail its probe before `up` takes it for dead


class Publish(Protocol):
    def __call__(self, unit: str, state: str, detail: str = "", seconds: float = 0.0) -> None: ...


class Keeper:
    """ready: set while the service answers. wait_for: returns when these names are done or ready."""

    def __init__(
        self,
        spec: Service,
        children: Children,
        *,
        wait_for: Callable[[Iterable[str]], Awaitable[None]],
        publish: Publish,
    ) -> None:
        self.spec = spec
        self.child: Child | None = None
        self.ready = asyncio.Event()
        self.state = "starting"
        self.detail = "waits for " + ", ".join(spec.needs) if spec.needs else "not started yet"
        self._children = children
        self._wait_for = wait_for
        self._publish = publish
        self._wake = asyncio.Event()
        self._incarnation = ""
        self._listener = _listen(spec.listen) if spec.listen else None
        self._retiring: list[asyncio.Task[None]] = []
        self._keeping: asyncio.Task[None]
        self.begin()

    # -- asked from outside -----------------------------------------------------------------------------

    async def probe(self) -> probes.Answer:
        child = self.child
        frozen = child is not None and await asyncio.to_thread(process.is_frozen, child.pid)
        if frozen:
            return probes.Answer(False, "its process is stopped (SIGSTOP)")
        talk: Callable[..., probes.Answer] = getattr(probes, self.spec.probe)
        # Only this incarnation's heartbeat counts: that of the worker before it lives on for a moment.
        named = {"node": f"{self._incarnation}@"} if self.spec.probe == "worker" else {}
        return await asyncio.to_thread(talk, self.spec.probe_port, **named)

    def wake(self) -> None:
        """End the wait of a back-off, if there is one."""
        self._wake.set()

    async def is_dead(self) -> bool:
        """It was ready, and for PATIENCE seconds has not answered."""
        if not self.ready.is_set():
            return False  # it starts, or waits to be started again: that goes on
        deadline = time.monotonic() + PATIENCE
        while not (answer := await self.probe()).ok and self.ready.is_set():
            if time.monotonic() > deadline or "SIGSTOP" in answer.detail:
                self._say(f"does not answer ({answer.detail}); starting it again")
                return True
            await asyncio.sleep(0.1)
        return False

    def reload(self) -> None:
        """Serve the code as it is now."""
        self.wake()
        if self.child is None:
            return
        if self.spec.on_edit == "hup" and self.ready.is_set():
            os.kill(self.child.pid, signal.SIGHUP)
        else:
            self._replace(self.child)

    def begin(self) -> None:
        """Go on after `halt`; the socket has stayed, so that nobody was refused meanwhile."""
        self._keeping = asyncio.create_task(self._keep())

    async def halt(self, *, at_once: bool = False) -> None:
        self._keeping.cancel()
        self.ready.clear()
        child, self.child = self.child, None  # before any wait: an edit that comes now must not replace it
        if child and not child.ended.done():
            await child.stop(0 if at_once else self.spec.stop_seconds)
        if at_once:
            await self._children.end_orphans()

    async def end(self) -> None:
        await self.halt()
        await asyncio.gather(*self._retiring)
        if self._listener:
            self._listener.close()

    # -- what it does -----------------------------------------------------------------------------------

    async def _keep(self) -> None:
        back_off = FIRST_BACK_OFF
        await self._wait_for(self.spec.needs)
        while True:
            started = time.monotonic()
            self.state, self.detail = "starting", "started"
            self._publish(self.spec.name, "starting")
            code = await self._live_once(started)
            await self._children.end_orphans()
            lived = time.monotonic() - started
            self.state, self.detail = "exited", f"exit status {code}"
            self._publish(self.spec.name, "exited", self.detail, lived)
            back_off = FIRST_BACK_OFF if lived > STEADY else back_off
            self._say(f"{self.detail}; starting it again in {back_off:g} s")
            await self._pause(back_off)
            back_off = min(back_off * 2, LONGEST_BACK_OFF)

    async def _pause(self, seconds: float) -> None:
        self._wake.clear()
        async with contextlib.AsyncExitStack() as stack:
            if self._listener:
                log = self._children.log(self.spec.name)
                await stack.enter_async_context(outage.answering(self._listener, lambda: list(log.last)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    async def _live_once(self, started: float) -> int:
        """From start to end of one process: its exit status."""
        try:
            child = self.child = self._launch()
        except OSError as error:
            self._say(f"cannot start {self.spec.argv[0]}: {error}")
            return 127
        watching = asyncio.create_task(self._await_ready(child, started))
        try:
            return await child.end()
        finally:
            watching.cancel()
            self.ready.clear()
            if child.ended.done():
                child.kill()
                if self.child is child:
                    self.child = None

    def _launch(self) -> Child:
        spec = self.spec
        self._incarnation = f"{spec.name}-{uuid.uuid4().hex[:8]}"
        descriptors = [self._listener.fileno()] if self._listener else []
        values = {"{fd}": str(*descriptors), "{incarnation}": self._incarnation}
        return self._children.spawn(
            spec.name,
            [_filled(word, values) for word in spec.argv],
            cwd=spec.cwd,
            env=spec.env,
            stop_signal=signal.Signals[spec.stop_signal],
            nobody=spec.nobody,
            pass_fds=descriptors,
        )

    async def _await_ready(self, child: Child, started: float) -> None:
        wait = FIRST_POLL
        while not (answer := await self.probe()).ok:
            self.detail = answer.detail
            await asyncio.sleep(wait)
            wait = min(wait * 1.5, SLOWEST_POLL)
        if self.child is child and not child.ended.done():
            self.state, self.detail = "running", answer.detail
            self.ready.set()
            self._publish(self.spec.name, "running", answer.detail, time.monotonic() - started)

    def _replace(self, old: Child) -> None:
        """Start the new process now; the old one takes no more work and ends what it has begun."""
        self._keeping.cancel()
        self.ready.clear()
        retiring = asyncio.create_task(old.stop(self.spec.stop_seconds))
        self._retiring = [task for task in self._retiring if not task.done()] + [retiring]
        self._keeping = asyncio.create_task(self._keep())

    def _say(self, text: str) -> None:
        self._children.log(self.spec.name).write(f"smctl: {text}")


def _filled(word: str, values: dict[str, str]) -> str:
    for placeholder, value in values.items():
        word = word.replace(placeholder, value)
    return word


def _listen(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    listener.set_inheritable(True)
    return listener
