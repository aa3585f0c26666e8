"""What stands in front of web: one address that stays, behind it whichever release is live.

A request goes to the release that is live when its head has arrived, and stays with it to the end. So a
switch ends nothing: what is under way is finished by the old release, and a connection that a client keeps
open goes over to the new one with its next request. Each request has a connection of its own to the release,
because a kept one could be closed by a worker process that ends just when the request is sent.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter

import h11

from smctl.rehearsal.forwarding import Peer, Unanswered, forward, say

TRIES = 20  # of a request that has no body and changes nothing, each on a new connection
BETWEEN_TRIES = 0.05  # seconds
IDLE = 75.0  # seconds until a client's silent connection is closed; nginx's default
START_DEADLINE = 5.0  # seconds
SAFE = {b"GET", b"HEAD", b"OPTIONS"}

Target = tuple[str, int]


class Proxy:
    """Listens on 127.0.0.1 from start() to stop(), on an event loop in a thread of its own.

    port: 0 for any free one; after start() the one that it has. All methods may be called by any thread.
    """

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._live: Target | None = None
        self._under_way: Counter[Target] = Counter()
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._listens = threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it listens. Raises OSError where it cannot."""
        self._thread.start()
        self._listens.wait(START_DEADLINE)
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Ends every connection, also one that is in use."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(START_DEADLINE)

    def switch(self, target: Target) -> None:
        """From now on new requests go there."""
        with self._changed:
            self._live = target

    def withdraw(self, target: Target) -> None:
        """Nothing goes there any more; where it was live, nothing is."""
        with self._changed:
            if self._live == target:
                self._live = None

    @property
    def live(self) -> Target | None:
        return self._live

    def drained(self, target: Target, *, seconds: float) -> bool:
        """Wait until no request is under way there, at most so long; whether that came true."""
        deadline = time.monotonic() + seconds
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._under_way[target], max(0.0, deadline - time.monotonic())
            )

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._loop.close()

    async def _listen(self) -> None:
        try:
            server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024)
        except OSError as error:
            self._failure = error
            self._listens.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._listens.set()
        await self._over.wait()
        server.close()
        conversations = asyncio.all_tasks() - {asyncio.current_task()}
        for each in conversations:
            each.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Peer(h11.SERVER, reader, writer)
        try:
            while request := await self._next_request(client):
                await self._answer(request, client)
                client.start_next_cycle()
        except h11.RemoteProtocolError as error:
            await say(client, error.error_status_hint, "Bad request.")
        except (OSError, h11.LocalProtocolError):
            pass  # the client went away, or this connection can carry no other request
        except asyncio.CancelledError:
            pass  # stop()
        finally:
            client.close()

    async def _next_request(self, client: Peer) -> h11.Request | None:
        """None where the client has hung up. Raises TimeoutError where it stays silent."""
        async with asyncio.timeout(IDLE):
            event = await client.next()
        return event if isinstance(event, h11.Request) else None

    async def _answer(self, request: h11.Request, client: Peer) -> None:
        """Hand it to the live release, and the response back; 502 where there is none to be had."""
        tries = 1
        if request.method in SAFE and not _has_body(request):
            await client.next()  # its end, so that it can be sent more than once
            tries = TRIES
        reason = ""
        for attempt in range(tries):
            if attempt:
                await asyncio.sleep(BETWEEN_TRIES)
            try:
                await self._attempt(request, client, with_body=tries == 1)
                return
            except Unanswered as error:
                reason = str(error)
        await say(client, 502, f"No release answers: {reason}")

    async def _attempt(self, request: h11.Request, client: Peer, *, with_body: bool) -> None:
        with self._changed:
            target = self._live
            if target:
                self._under_way[target] += 1
        if target is None:
            raise Unanswered("none is live")
        try:
            await forward(request, client, target, with_body=with_body)
        finally:
            with self._changed:
                self._under_way[target] -= 1
                self._changed.notify_all()


def _has_body(request: h11.Request) -> bool:
    return any(
        name in (b"content-length", b"transfer-encoding") and value != b"0" for name, value in request.headers
    )
