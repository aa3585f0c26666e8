"""Log files of the embedded engine: one per service, each line with its time, `2026-11-22T18:00:00.123Z
text`.
"""

from __future__ import annotations

import contextlib
import heapq
import io
import itertools
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from smctl.stack.services import LogLine

LARGEST = 10 * 1024 * 1024  # bytes; then the file becomes NAME.log.1
FOLLOW_EVERY = 0.05  # seconds


class LogFile:
    """The writing end, and the last lines for an error message. Never raises: a full disk, or a log that
    somebody deleted, must not stop the stack.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last: deque[str] = deque(maxlen=30)
        self._stream = _append(path)

    def write(self, text: str) -> None:
        self.last.append(text)
        with contextlib.suppress(OSError):
            if os.fstat(self._stream.fileno()).st_size > LARGEST:
                self._rotate()
            self._stream.write(f"{_now()} {text}\n".encode("utf-8", "replace"))

    def _rotate(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.replace(self.path, self.path.with_suffix(".log.1"))
        full, self._stream = self._stream, _append(self.path)
        full.close()


def _append(path: Path) -> io.FileIO:
    return open(path, "ab", buffering=0)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def read(
    folder: Path, services: Sequence[str], *, follow: bool, since: float | None, tail: int | None
) -> Iterator[LogLine]:
    """Lines of these services in the order of their time, then, if follow, each new one as it is written."""
    start = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%S") if since is not None else ""
    sources = [_Source(folder / f"{name}.log", name) for name in services]
    history = [deque(source.history(start), maxlen=tail) for source in sources]
    yield from heapq.merge(*history, key=lambda line: line.at)
    while follow:
        new = [line for source in sources for line in source.new()]
        yield from sorted(new, key=lambda line: line.at)
        if not new:
            time.sleep(FOLLOW_EVERY)
    for source in sources:
        yield from source.unfinished()


class _Source:
    """The log of one service, read as far as its lines are written. Lines end with LF alone, as LogFile
    ends them.
    """

    def __init__(self, path: Path, service: str) -> None:
        self.path = path
        self.service = service
        self._stream = _open(path)
        self._begun = b""

    def history(self, start: str) -> Iterator[LogLine]:
        """From `start` (ISO 8601 in UTC; empty for all) to now."""
        older = _open(self.path.with_suffix(".log.1"))
        for line in itertools.chain(map(self._parsed, older or ()), self._finished()):
            if line.at >= start:
                yield line

    def new(self) -> Iterator[LogLine]:
        """What was written since."""
        if self._stream and self._was_replaced(self._stream):
            yield from self._finished()
            yield from self.unfinished()
            self._stream = None
        self._stream = self._stream or _open(self.path)
        yield from self._finished()

    def unfinished(self) -> Iterator[LogLine]:
        """A last line without its end: its writer was cut off."""
        if self._begun:
            yield self._parsed(self._begun)
        self._begun = b""

    def _finished(self) -> Iterator[LogLine]:
        for part in self._stream or ():
            self._begun += part
            if part.endswith(b"\n"):
                yield self._parsed(self._begun)
                self._begun = b""

    def _was_replaced(self, stream: IO[bytes]) -> bool:
        try:
            return os.fstat(stream.fileno()).st_ino != self.path.stat().st_ino
        except FileNotFoundError:
            return False

    def _parsed(self, line: bytes) -> LogLine:
        text = line.decode("utf-8", "replace").rstrip("\n")
        at, _, rest = text.partition(" ")
        return LogLine(self.service, at, rest) if at.endswith("Z") else LogLine(self.service, "", text)


def _open(path: Path) -> IO[bytes] | None:
    try:
        return open(path, "rb")
    except FileNotFoundError:
        return None
