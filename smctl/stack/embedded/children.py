"""The supervisor's children: starting them, copying their output to logs, reaping them, remembering them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence

from smctl.project.files import write_json
from smctl.stack.embedded import process
from smctl.stack.embedded.logs import LogFile
from smctl.stack.embedded.places import Places

LONGEST_LINE = 1024 * 1024  # bytes
LAST_OUTPUT = 0.2  # seconds; a grandchild may keep the pipe open for longer
ORPHANS_END_WITHIN = 2.0  # seconds
RECORD_AFTER = 0.25  # seconds without a new child


class Child:
    """One running process; its end is a future that the reaper sets."""

    def __init__(
        self, popen: subprocess.Popen[bytes], stop_signal: signal.Signals, copying: asyncio.Task[None]
    ) -> None:
        self.pid = popen.pid
        self._copying = copying
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._popen = popen
        self._stop_signal = stop_signal

    def set_ended(self, status: int) -> None:
        self._popen.returncode = os.waitstatus_to_exitcode(status)
        if not self.ended.done():
            self.ended.set_result(self._popen.returncode)

    async def end(self) -> int:
        """Wait for its end, and for the last of its output to be in the log: the exit status."""
        status = await asyncio.shield(self.ended)
        await asyncio.wait([self._copying], timeout=LAST_OUTPUT)
        return status

    def kill(self) -> None:
        """End it and what is left of its session."""
        process.signal_group(self.pid, signal.SIGKILL)

    async def stop(self, seconds: float) -> None:
        """Ask; after `seconds`, insist. A frozen process is woken first, or it would not hear."""
        if seconds:
            process.signal_group(self.pid, signal.SIGCONT)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, self._stop_signal)
            await asyncio.wait([self.ended], timeout=seconds)
        self.kill()
        await self.ended


class Children:
    def __init__(self, places: Places) -> None:
        self._places = places
        self._living: dict[int, Child] = {}
        self._logs: dict[str, LogFile] = {}
        self._recording: asyncio.TimerHandle | None = None

    def log(self, name: str) -> LogFile:
        if name not in self._logs:
            self._logs[name] = LogFile(self._places.logs / f"{name}.log")
        return self._logs[name]

    def spawn(
        self,
        name: str,
        argv: Sequence[str],
        *,
        cwd: str,
        env: dict[str, str],
        stop_signal: signal.Signals,
        nobody: bool,
        stdin: int = subprocess.DEVNULL,
        pass_fds: Sequence[int] = (),
    ) -> Child:
        """Start a child whose output goes to the log of `name`. Raises OSError where it cannot be started."""
        reader, writer = os.pipe()
        try:
            popen = process.spawn(
                argv,
                cwd=cwd,
                env=env,
                output=writer,
                stop_signal=stop_signal,
                stdin=stdin,
                nobody=nobody,
                pass_fds=pass_fds,
            )
        except (OSError, subprocess.SubprocessError) as error:
            os.close(reader)
            raise OSError(str(error)) from error
        finally:
            os.close(writer)
        copying = asyncio.create_task(_copy_lines(reader, self.log(name)))
        child = self._living[popen.pid] = Child(popen, stop_signal, copying)
        self._record_soon()
        return child

    def reap(self) -> None:
        """Collect every child that has ended, adopted orphans too. To be called on SIGCHLD."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            child = self._living.pop(pid, None)
            if child:
                child.set_ended(status)

    async def end_orphans(self) -> None:
        """Kill what dead children left to us, and wait until it is gone.

        PostgreSQL's server processes lead sessions of their own, and one that is frozen or busy outlives its
        postmaster; a new postmaster does not start beside it.
        """
        deadline = time.monotonic() + ORPHANS_END_WITHIN
        while orphans := set(await asyncio.to_thread(process.children)) - self._living.keys():
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(0.01)

    async def kill_all(self) -> None:
        for child in list(self._living.values()):
            child.kill()
            await child.ended

    def _record_soon(self) -> None:
        """For the next supervisor, should this one be killed: whom to end, never by a bare pid.

        Not at every start of a process: the kernel's own signal ends nearly all, and this costs an fsync.
        """
        if self._recording:
            self._recording.cancel()
        loop = asyncio.get_running_loop()
        self._recording = loop.call_later(RECORD_AFTER, lambda: loop.run_in_executor(None, self._record))

    def _record(self) -> None:
        records = {str(pid): process.identity(pid) for pid in list(self._living)}
        write_json(self._places.processes, {"root": str(self._places.root), "processes": records})


async def _copy_lines(descriptor: int, log: LogFile) -> None:
    stream = asyncio.StreamReader(limit=LONGEST_LINE)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), open(descriptor, "rb", buffering=0)
    )
    try:
        while line := await _next_line(stream):
            log.write(line.decode("utf-8", "replace").rstrip("\r\n"))
    finally:
        transport.close()


async def _next_line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # longer than the limit; readline has dropped what it had of it
        return b"(a line of more than 1 MiB)\n"
