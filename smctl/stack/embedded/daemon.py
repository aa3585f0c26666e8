"""The daemon: one per project, holding its lock, listening on its control socket.

    python -m smctl.stack.embedded.daemon ROOT

A request is one line of JSON, {"do": "ping" | "status" | "apply" | "restart" | "stop", …}; the answer is
lines of JSON, the last one with "end": true.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

from smctl import __version__
from smctl.project.project import Project
from smctl.stack.embedded import leftovers, process, watch
from smctl.stack.embedded.bring_up import BringUp
from smctl.stack.embedded.client import LOCK_HELD
from smctl.stack.embedded.keeper import Keeper
from smctl.stack.embedded.places import Places
from smctl.stack.embedded.spec import Specification
from smctl.stack.embedded.supervisor import Supervisor

LARGEST_REQUEST = 4 * 1024 * 1024  # bytes
AT_HOME_EVERY = 2.0  # seconds

Answer = dict[str, Any]


class Daemon:
    def __init__(self, places: Places, lock: int) -> None:
        self.places = places
        self.lock = lock
        self.supervisor = Supervisor(places)
        self.bring_up = BringUp(self.supervisor)
        self.over = asyncio.Event()
        self.watching = False

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self.supervisor.children.reap)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.over.set)
        self.places.socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self.serve, self.places.socket, limit=LARGEST_REQUEST)
        try:
            while not self.over.is_set() and self._is_at_home():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.over.wait(), AT_HOME_EVERY)
            await self.stop()
        finally:
            server.close()  # not waited for: somebody may still be connected
        if self._is_at_home():
            self.places.socket.unlink(missing_ok=True)
            self.places.processes.unlink(missing_ok=True)

    def _is_at_home(self) -> bool:
        """The project is where it was. One that was deleted or moved away keeps no processes."""
        try:
            return os.path.samestat(os.fstat(self.lock), os.stat(self.places.lock))
        except OSError:
            return False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError):
            request = json.loads(await reader.readline() or b"{}")
            async for answer in self.answer(request):
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    async def answer(self, request: Answer) -> AsyncIterator[Answer]:
        match request.get("do"):
            case "ping":
                yield {"version": __version__, "root": str(self.places.root), "pid": os.getpid(), "end": True}
            case "status":
                yield {"services": await self.status(probe=bool(request.get("probe", True))), "end": True}
            case "apply":
                specification = Specification.from_document(request["specification"])
                async for answer in self.follow(self.supervisor.apply(specification), request["seconds"]):
                    yield answer
            case "restart":
                work = self.supervisor.restart(request["services"])
                async for answer in self.follow(work, request["seconds"]):
                    yield answer
            case "stop":
                await self.stop()
                self.over.set()
                yield {"stopped": True, "end": True}
            case other:
                yield {"error": f"unknown request {other!r}", "end": True}

    async def follow(self, work: Coroutine[Any, Any, None], seconds: float) -> AsyncIterator[Answer]:
        async for answer in self.bring_up.follow(work, seconds):
            if answer.pop("healthy", False):
                self._start_watching()
                answer["services"] = await self.status(probe=False)
            yield answer

    async def stop(self) -> None:
        async with self.bring_up.changing:
            await self.supervisor.stop()

    async def status(self, *, probe: bool) -> list[Answer]:
        kept = list(self.supervisor.services.values())
        return list(await asyncio.gather(*(self._status_of(item, probe) for item in kept)))

    async def _status_of(self, kept: Keeper, probe: bool) -> Answer:
        state, detail, health = kept.state, kept.detail, "starting" if kept.state == "starting" else "failing"
        if state == "running":
            health = "ok"
            if probe:
                answer = await kept.probe()
                health, detail = ("ok" if answer.ok else "failing"), answer.detail
        return {
            "name": kept.spec.name,
            "state": state,
            "health": health,
            "port": kept.spec.port or None,
            "detail": detail,
            "pid": kept.child.pid if kept.child else None,
        }

    def _start_watching(self) -> None:
        folders = sorted({path for kept in self.supervisor.services.values() for path in kept.spec.watch})
        if folders and not self.watching:
            self.watching = True
            loop = asyncio.get_running_loop()

            def on_edit(paths: list[str]) -> None:
                loop.call_soon_threadsafe(self.supervisor.edited, paths)

            watch.start(folders, on_edit)


def main(root: str) -> int:
    places = Places.of(Project(Path(root)))
    places.make()
    lock = os.open(places.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return LOCK_HELD
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    process.adopt_orphans()
    leftovers.end(places)
    asyncio.run(Daemon(places, lock).run())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
