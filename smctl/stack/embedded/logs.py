"""Log files of the embedded engine: one per service, each line with its time, `2026-11-22T18:00:00.123Z
text`.
"""

from __future__ import annotations

import heapq
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
    """The writing end, and the last lines for an error message."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last: deque[str] = deque(maxlen=30)
        self._stream = open(path, "a", encoding="utf-8", errors="replace")

    def write(self, text: str) -> None:
        self.last.append(text)
        if self._stream.tell() > LARGEST:
            self._rotate()
        try:
            self._stream.write(f"{_now()} {text}\n")
            self._stream.flush()
        except OSError:
            return  # a full disk must not stop the stack; doctor says that it is full

    def _rotate(self) -> None:
        self._stream.close()
        os.replace(self.path, self.path.with_suffix(".log.1"))
        self._stream = open(self.path, "a", encoding="utf-8", errors="replace")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def read(
    folder: Path, services: Sequence[str], *, follow: bool, since: float | None, tail: int | None
) -> Iterator[LogLine]:
    """Lines of these services in the order of their time, then, if follow, each new one as it is written."""
    start = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%S") if since is not None else ""
    streams = {name: _open_at(folder / f"{name}.log", None) for name in services}
    history = [deque(_lines(folder, name, streams[name], start), maxlen=tail) for name in services]
    yield from heapq.merge(*history, key=lambda line: line.at)
    while follow:
        new = [line for name in services for line in _new_lines(folder, name, streams)]
        yield from sorted(new, key=lambda line: line.at)
        if not new:
            time.sleep(FOLLOW_EVERY)


def _open_at(path: Path, position: int | None) -> IO[str] | None:
    try:
        stream = open(path, encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    if position is not None:
        stream.seek(position)
    return stream


def _lines(folder: Path, name: str, current: IO[str] | None, start: str) -> Iterator[LogLine]:
    older = _open_at(folder / f"{name}.log.1", 0)
    for stream in (older, current):
        for line in stream or ():
            parsed = _parse(name, line)
            if parsed.at >= start:
                yield parsed


def _new_lines(folder: Path, name: str, streams: dict[str, IO[str] | None]) -> list[LogLine]:
    path, stream = folder / f"{name}.log", streams[name]
    if stream is None or _was_replaced(stream, path):
        rest = list(stream or ())
        streams[name] = _open_at(path, 0)
        return [_parse(name, line) for line in (*rest, *(streams[name] or ()))]
    return [_parse(name, line) for line in stream]


def _was_replaced(stream: IO[str], path: Path) -> bool:
    try:
        return os.fstat(stream.fileno()).st_ino != path.stat().st_ino
    except FileNotFoundError:
        return False


def _parse(name: str, line: str) -> LogLine:
    at, _, text = line.rstrip("\n").partition(" ")
    return LogLine(name, at, text) if at.endswith("Z") else LogLine(name, "", line.rstrip("\n"))
