"""The supervisor: brings a specification to life and keeps it so.

One asyncio loop on the main thread. Every task and every service is one coroutine; what depends on something
awaits its event. Probes talk in threads; processes are started on the main thread only (see process.spawn).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from smctl.project.files import write_atomic
from smctl.stack.embedded.children import Child, Children
from smctl.stack.embedded.keeper import Keeper
from smctl.stack.embedded.places import Places
from smctl.stack.embedded.spec import Service, Specification, Task


class Supervisor:
    def __init__(self, places: Places) -> None:
        self.children = Children(places)
        self.services: dict[str, Keeper] = {}
        self.tasks: dict[str, asyncio.Event] = {}
        self.subscribers: set[asyncio.Queue[dict[str, Any]]] = set()
        self._performing: dict[str, tuple[Task, asyncio.Task[None]]] = {}

    # -- asked from outside
    # -----------------------------------------------------------------------------------

    async def apply(self, wanted: Specification) -> None:
        """Make what runs what is wanted: end what is gone, restart what changed or is dead, start the rest.

        Returns when all of it is on its way; `settled` waits for the end.
        """
        self._drop_tasks({task.name: task for task in wanted.tasks})
        specs = {service.name: service for service in wanted.services}
        await self._end([name for name, keeper in self.services.items() if specs.get(name) != keeper.spec])
        await self._revive()
        for task in wanted.tasks:
            self._begin(task)
        for service in wanted.services:
            if service.name in self.services:
                self.services[service.name].wake()
            else:
                self._start(service)

    async def restart(self, names: Iterable[str]) -> None:
        """Stop and start these, and do again what has failed."""
        chosen = list(names)
        await self._in_order(chosen, lambda name: self.services[name].halt())
        for name in chosen:
            self.services[name].begin()
        for task, performing in list(self._performing.values()):
            if performing.done():
                self._begin(task)

    async def stop(self) -> None:
        for _, performing in self._performing.values():
            performing.cancel()
        await self._end(list(self.services))
        await self.children.kill_all()
        await self.children.end_orphans()

    async def settled(self) -> None:
        """Wait until every task is done and every service has answered."""
        for event in [*self.tasks.values(), *(keeper.ready for keeper in self.services.values())]:
            await event.wait()

    def edited(self, paths: Iterable[str]) -> None:
        """Files changed: whoever watches them serves the new code."""
        changed = list(paths)
        for keeper in self.services.values():
            if keeper.spec.on_edit and any(path.startswith(tuple(keeper.spec.watch)) for path in changed):
                keeper.reload()

    def publish(self, unit: str, state: str, detail: str = "", seconds: float = 0.0) -> None:
        """Tell every subscriber; of a failure with the last log lines."""
        event = {"service": unit, "state": state, "detail": detail, "seconds": round(seconds, 3)}
        if state in ("failed", "exited"):
            event["log"] = list(self.children.log(unit).last)
        for subscriber in self.subscribers:
            subscriber.put_nowait(event)

    # -- services
    # ---------------------------------------------------------------------------------------------

    def _start(self, spec: Service) -> None:
        self.services[spec.name] = Keeper(spec, self.children, wait_for=self._wait_for, publish=self.publish)

    async def _revive(self) -> None:
        """Replace what is dead; those that others use first, because without them their users look dead
        too."""
        used = [name for name, keeper in self.services.items() if keeper.spec.stop_after]
        for names in (used, [name for name in self.services if name not in used]):
            dead = await asyncio.gather(*(self.services[name].is_dead() for name in names))
            for name, is_dead in zip(names, dead):
                if is_dead:
                    await self.services[name].halt(at_once=True)
                    self.services[name].begin()

    async def _end(self, names: list[str]) -> None:
        async def end(name: str) -> None:
            await self.services[name].end()
            del self.services[name]

        await self._in_order(names, end)

    async def _in_order(self, names: list[str], stop: Callable[[str], Awaitable[None]]) -> None:
        """Stop services, side by side; one that others of them use is stopped after those."""
        stopped = {name: asyncio.Event() for name in names}

        async def one(name: str) -> None:
            for user in self.services[name].spec.stop_after:
                if user in stopped:
                    await stopped[user].wait()
            await stop(name)
            stopped[name].set()

        await asyncio.gather(*(one(name) for name in names))

    async def _wait_for(self, names: Iterable[str]) -> None:
        for name in names:
            await (self.tasks[name] if name in self.tasks else self.services[name].ready).wait()

    # -- tasks
    # ------------------------------------------------------------------------------------------------

    def _drop_tasks(self, wanted: dict[str, Task]) -> None:
        """End what is being done and is no longer wanted as it is; forget what is no longer wanted at all."""
        for name in list(self.tasks):
            before = self._performing.get(name)
            if before and wanted.get(name) != before[0]:
                before[1].cancel()
            if name not in wanted:
                del self.tasks[name]
                self._performing.pop(name, None)

    def _begin(self, task: Task) -> None:
        """Do a task unless it is done, or being done already for an `up` that was cut off."""
        event = self.tasks.setdefault(task.name, asyncio.Event())
        before = self._performing.get(task.name)
        if before and before[0] == task and not before[1].done():
            return
        if before:
            before[1].cancel()
        if _is_done(task):
            event.set()
            return
        event.clear()
        self._performing[task.name] = (task, asyncio.create_task(self._perform(task)))

    async def _perform(self, task: Task) -> None:
        await self._wait_for(task.needs)
        started = time.monotonic()
        self.publish(task.name, "starting")
        if task.replaces:
            shutil.rmtree(task.replaces[0], ignore_errors=True)
        code = await self._run(task)
        took = time.monotonic() - started
        if code != 0:
            self.publish(task.name, "failed", f"exit status {code}", took)
            return
        if task.replaces:
            os.replace(*task.replaces)
        if task.done_file:
            write_atomic(Path(task.done_file), task.done_key)
        self.tasks[task.name].set()
        self.publish(task.name, "done", seconds=took)

    async def _run(self, task: Task) -> int:
        """Run a task's process to its end: its exit status, 127 if it cannot be started, -1 if it is late."""
        try:
            child = self._spawn(task)
        except OSError as error:
            self.children.log(task.name).write(f"smctl: cannot start {task.argv[0]}: {error}")
            return 127
        try:
            return await asyncio.wait_for(child.end(), task.seconds)
        except TimeoutError:
            self.children.log(task.name).write(f"smctl: ended after {task.seconds:g} s")
            return -1
        finally:
            if not child.ended.done():
                child.kill()

    def _spawn(self, task: Task) -> Child:
        reader, writer = os.pipe()
        os.write(writer, task.stdin.encode())
        os.close(writer)
        try:
            return self.children.spawn(
                task.name,
                task.argv,
                cwd=task.cwd,
                env=task.env,
                stop_signal=signal.SIGTERM,
                nobody=task.nobody,
                stdin=reader,
            )
        finally:
            os.close(reader)


def _is_done(task: Task) -> bool:
    if task.replaces:
        return Path(task.replaces[1]).exists()
    try:
        return Path(task.done_file).read_text(encoding="utf-8").strip() == task.done_key
    except OSError:
        return False
