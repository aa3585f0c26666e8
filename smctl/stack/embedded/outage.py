"""What a browser sees while the web process is down: its last log lines, instead of a connection that hangs.

The supervisor keeps the listening socket across restarts, so it is the one who can answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import socket
from collections.abc import AsyncIterator, Callable

PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>web is down</title>
<h1>The web process is down</h1><p>It is started again by itself, at once when a file
changes.</p><pre>{log}</pre>
"""


@contextlib.asynccontextmanager
async def answering(listener: socket.socket, last_lines: Callable[[], list[str]]) -> AsyncIterator[None]:
    """Answer every request on the socket with 503 while the block runs."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(2):
                await reader.readuntil(b"\r\n\r\n")
            body = PAGE.format(log=html.escape("\n".join(last_lines()))).encode()
            head = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\n"
            head += f"Content-Length: {len(body)}\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, sock=listener.dup())
    try:
        yield
    finally:
        server.close()
