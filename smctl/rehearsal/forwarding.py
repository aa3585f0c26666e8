"""One request handed on, and its response handed back, as a reverse proxy has to (RFC 9110, 9112, by h11)."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import h11

CHUNK = 64 * 1024  # bytes
CONNECT_DEADLINE = 5.0  # seconds
ANSWER_DEADLINE = 120.0  # seconds of silence
# RFC 9110, 7.6.1; and what the proxy says of itself.
OF_ONE_HOP = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade"}
OURS = {b"x-forwarded-proto", b"x-forwarded-for", b"forwarded"}

Headers = list[tuple[bytes, bytes]]


class Unanswered(Exception):
    """The release said nothing: the request may be sent again, if it may be sent twice at all."""


class Peer:
    """One side: a connection, and how far the conversation on it has come."""

    def __init__(
        self,
        role: type[h11.CLIENT] | type[h11.SERVER],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._state = h11.Connection(role)
        self._reader = reader
        self._writer = writer
        self.gone = False  # it has hung up

    @property
    def address(self) -> str:
        return str(self._writer.get_extra_info("peername")[0])

    @property
    def may_answer(self) -> bool:
        """No response has begun."""
        return self._state.our_state in (h11.IDLE, h11.SEND_RESPONSE)

    async def next(self) -> h11.Event:
        """The next event. Raises OSError and h11.RemoteProtocolError."""
        while (event := self._state.next_event()) is h11.NEED_DATA:
            octets = await self._reader.read(CHUNK)
            self.gone = not octets
            self._state.receive_data(octets)
        if isinstance(event, type):
            raise ConnectionError(event.__name__)  # PAUSED: something came that belongs to no request
        return event

    async def send(self, event: h11.Event) -> None:
        octets = self._state.send(event)
        if octets:
            self._writer.write(octets)
            await self._writer.drain()

    def start_next_cycle(self) -> None:
        """Raises h11.LocalProtocolError where this connection ends with what was said."""
        self._state.start_next_cycle()

    def close(self) -> None:
        self._writer.close()


async def forward(request: h11.Request, client: Peer, target: tuple[str, int], *, with_body: bool) -> None:
    """Hand a request on and its response back. with_body: it is still to be read from the client.

    Raises Unanswered where nothing of a response came, and OSError or h11.ProtocolError where one of the two
    went away in the middle: then the client's connection cannot be used any more.
    """
    release = await _connected(target)
    sending: asyncio.Task[None] | None = None
    try:
        try:
            await release.send(_handed_on(request, client.address))
            if with_body:
                sending = asyncio.create_task(_send_body(client, release))
            else:
                await release.send(h11.EndOfMessage())
            response = await _response(release, client)
        except (OSError, h11.ProtocolError) as error:
            raise Unanswered(str(error) or type(error).__name__) from error
        await client.send(_handed_back(response))
        await _relay_body(release, client)
    finally:
        if sending:
            await _ended(sending)
        release.close()


async def say(client: Peer, status: int, words: str) -> None:
    """An answer of the proxy's own, where there can still be one; the connection ends with it."""
    body = words.encode() + b"\n"
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Connection", "close")]
    if client.may_answer:
        with suppress(OSError, h11.LocalProtocolError):
            await client.send(h11.Response(status_code=status, headers=headers))
            await client.send(h11.Data(data=body))
            await client.send(h11.EndOfMessage())


async def _connected(target: tuple[str, int]) -> Peer:
    try:
        async with asyncio.timeout(CONNECT_DEADLINE):
            reader, writer = await asyncio.open_connection(*target)
    except OSError as error:
        raise Unanswered(str(error) or "it does not accept connections") from error
    return Peer(h11.CLIENT, reader, writer)


async def _response(release: Peer, client: Peer) -> h11.Response:
    """The final response's head; what is said before it (100 Continue) goes on to the client."""
    async with asyncio.timeout(ANSWER_DEADLINE):
        while not isinstance(event := await release.next(), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise ConnectionError("it closed the connection without an answer")
            await client.send(event)
    return event


async def _relay_body(source: Peer, sink: Peer) -> None:
    """Hand on a body as it comes, to its end."""
    while not isinstance(event := await source.next(), h11.EndOfMessage):
        if not isinstance(event, h11.Data):
            raise ConnectionError("the body was cut off")
        await sink.send(h11.Data(data=event.data))
    await sink.send(h11.EndOfMessage(headers=event.headers))


async def _send_body(client: Peer, release: Peer) -> None:
    """The request's body. A client that goes away in the middle of it ends the release's work as well."""
    try:
        await _relay_body(client, release)
    except (OSError, h11.ProtocolError):
        if client.gone:
            release.close()
        raise


async def _ended(sending: asyncio.Task[None]) -> None:
    """The response is there: the rest of the request's body, if any, interests nobody."""
    sending.cancel()
    with suppress(OSError, h11.ProtocolError, asyncio.CancelledError):
        await sending


def _handed_on(request: h11.Request, address: str) -> h11.Request:
    """As Render's proxy says it: TLS ended here, and this is who asks."""
    came_through = [value for name, value in request.headers if name == b"x-forwarded-for"]
    headers = _without(request, OURS)
    headers += [
        (b"X-Forwarded-For", b", ".join([*came_through, address.encode()])),
        (b"X-Forwarded-Proto", b"https"),
        (b"Connection", b"close"),
    ]
    if not any(name == b"host" for name, _ in request.headers):  # HTTP/1.0 knows none; 1.1 demands it
        headers.append((b"Host", b"localhost"))
    return h11.Request(method=request.method, target=request.target, headers=headers)


def _handed_back(response: h11.Response) -> h11.Response:
    headers = _without(response, set())
    return h11.Response(status_code=response.status_code, reason=response.reason, headers=headers)


def _without(message: h11.Request | h11.Response, names: set[bytes]) -> Headers:
    """Its headers as they were written, but for these and for what is said to the next hop alone."""
    named = [value for name, value in message.headers if name == b"connection"]
    of_this_hop = {word.strip().lower() for value in named for word in value.split(b",")}
    left_out = names | OF_ONE_HOP | of_this_hop
    return [(name, value) for name, value in message.headers.raw_items() if name.lower() not in left_out]
