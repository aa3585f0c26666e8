"""A steady load over connections that are kept open, as a platform's probes and a proxy make it."""

from __future__ import annotations

import asyncio
import re
import time

CONNECTIONS = 4
DEADLINE = 30.0  # seconds for one answer


def latencies(port: int, path: str, *, rate: int, seconds: float) -> list[float]:
    """Seconds from when each request was due to its whole answer, which has to be a 200.

    From when it was due, not sent: a slow answer counts against those that had to wait behind it.
    """
    return asyncio.run(_load(port, path, rate, round(rate * seconds)))


async def _load(port: int, path: str, rate: int, count: int) -> list[float]:
    begin = time.perf_counter() + 0.1
    due = [begin + number / rate for number in range(count)]
    took = await asyncio.gather(
        *(_connection(port, path, due[first::CONNECTIONS]) for first in range(CONNECTIONS))
    )
    return [latency for one in took for latency in one]


async def _connection(port: int, path: str, due: list[float]) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    took = []
    try:
        for moment in due:
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            writer.write(request)
            await asyncio.wait_for(_answer(reader), DEADLINE)
            took.append(time.perf_counter() - moment)
    finally:
        writer.close()
    return took


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    assert head.startswith(b"HTTP/1.1 200 ") and length, head.decode("latin-1")
    await reader.readexactly(int(length[1]))
