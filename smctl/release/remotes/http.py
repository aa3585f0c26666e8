"""One request to a service elsewhere: its key, its deadline, and when it is asked again."""

from __future__ import annotations

import functools
import itertools
import json
import random
import ssl
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from smctl import __version__
from smctl.errors import WrongUse
from smctl.release.remotes import failure
from smctl.release.remotes.account import Account, is_loopback

PATIENCE = 90.0  # seconds for one request with all its repetitions; a limit of Render's passes within 60
CONNECT, READ = 5.0, 30.0  # seconds for one try
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds between two tries, doubled each time, less a random part
SAFE_TO_REPEAT = {"GET", "HEAD", "PUT", "PATCH", "DELETE"}
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

Query = Sequence[tuple[str, str | int]]
Record = dict[str, Any]
OnWait = Callable[[str], None]


def silent(text: str) -> None:
    """For whoever waits without anybody looking."""


class Clock:
    """Time, so that a test can hold it."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    request: str


class Http:
    """Requests to one account.

    on_wait: called with one line before each pause, so that a person sees why it waits. patience: seconds
    that one request may take with all its repetitions; none is asked again after that.
    """

    def __init__(
        self,
        account: Account,
        *,
        headers: Mapping[str, str] | None = None,
        on_wait: OnWait = silent,
        patience: float = PATIENCE,
        clock: Clock | None = None,
        follow_redirects: bool = False,
    ) -> None:
        self.account = account
        self._on_wait = on_wait
        self._patience = patience
        self._clock = clock or Clock()
        said = {"Accept": "application/json", "User-Agent": f"smctl/{__version__}"} | dict(headers or {})
        if account.key:
            said["Authorization"] = f"Bearer {account.key}"
        connect = functools.partial(
            httpx.Client,
            headers=said,
            verify=_tls(),
            follow_redirects=follow_redirects,
            trust_env=not is_loopback(urlsplit(account.url).hostname or ""),  # no proxy in between
        )
        self._client = _made(connect)
        # A connection that was kept may be closed at the moment of a request, and of a POST nobody could then
        # say whether it was carried out. So it gets one of its own.
        self._client_of_posts = _made(connect, limits=httpx.Limits(max_keepalive_connections=0))

    def __repr__(self) -> str:
        return f"Http({self.account.url})"

    def close(self) -> None:
        self._client.close()
        self._client_of_posts.close()

    def record(self, method: str, path: str, *, query: Query = (), body: Any = None) -> Record:
        """The JSON object that was answered. Raises RequestFailed, as where it is anything else."""
        return self._record(self.request(method, path, query=query, body=body))

    def record_or_none(self, method: str, path: str, *, body: Any = None) -> Record | None:
        """None where the answer is empty, as with 202."""
        answer = self.request(method, path, body=body)
        return self._record(answer) if answer.body.strip() else None

    def records(self, path: str, *, query: Query = ()) -> list[Record]:
        """The JSON objects of the array that a GET was answered; none where it is null."""
        answer = self.request("GET", path, query=query)
        found = self._parsed(answer)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise failure.unreadable(self.account.service, answer.request, answer.body)
        return found

    def _record(self, answer: Answer) -> Record:
        found = self._parsed(answer)
        if not isinstance(found, dict):
            raise failure.unreadable(self.account.service, answer.request, answer.body)
        return found

    def _parsed(self, answer: Answer) -> object:
        try:
            return json.loads(answer.body)
        except ValueError:
            raise failure.unreadable(self.account.service, answer.request, answer.body) from None

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
        secret: str = "",
    ) -> Answer:
        """The answer: below 300, or one of the statuses `expected`.

        path: below the account's URL, or a whole URL. secret: a value in the body that an error must not
        repeat. Raises RequestFailed. A POST is asked again only where it cannot have been carried out: no
        connection was made, or the answer is 429.
        """
        url = path if path.startswith(("http://", "https://")) else self.account.url + path
        name = f"{method} {urlsplit(url).path}"
        end = self._clock.now() + self._patience
        for tries in itertools.count():
            try:
                answer = self._once(method, url, query, body, headers, name, end)
            except httpx.RequestError as error:
                failed = self._unanswered(method, name, error)
                wait = None if failed.unsure else _pause(tries)
                text = f"{self.account.service} does not answer ({_reason(error)})"
            else:
                if answer.status < 300 or answer.status in expected:
                    return answer
                failed = self._refused(method, answer, secret)
                wait = _wait_of(method, answer, tries)
                text = _why_wait(self.account.service, answer)
            left = end - self._clock.now()
            if wait is None or wait > left:
                raise failed
            self._on_wait(f"{text}; trying again in {wait:.0f} s." if wait >= 1 else f"{text}; trying again.")
            self._clock.sleep(wait)
        raise AssertionError("not reached: itertools.count has no end")

    def _once(
        self,
        method: str,
        url: str,
        query: Query,
        body: Any,
        headers: Mapping[str, str] | None,
        name: str,
        end: float,
    ) -> Answer:
        left = max(end - self._clock.now(), 0.1)
        timeout = httpx.Timeout(min(READ, left), connect=min(CONNECT, left))
        client = self._client if method in SAFE_TO_REPEAT else self._client_of_posts
        chunks = []
        with client.stream(
            method, url, params=list(query) or None, json=body, headers=headers, timeout=timeout
        ) as response:
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                if self._clock.now() > end:
                    raise httpx.ReadTimeout("the answer does not come to its end")
        return Answer(response.status_code, response.headers, b"".join(chunks), name)

    def _unanswered(self, method: str, name: str, error: httpx.RequestError) -> failure.RequestFailed:
        unsure = method not in SAFE_TO_REPEAT and not isinstance(error, NEVER_SENT)
        return failure.without_answer(
            self.account.service, name, _reason(error), host=self.account.host, unsure=unsure
        )

    def _refused(self, method: str, answer: Answer, secret: str) -> failure.RequestFailed:
        words = failure.said(answer.body)
        limited = failure.is_limit(answer.status, answer.headers)
        for hidden in (self.account.key, secret):
            words = words.replace(hidden, "…") if hidden else words
        return failure.of_status(
            self.account.service,
            answer.request,
            answer.status,
            words,
            again_in=_told(answer.headers) if limited else None,
            trace=answer.headers.get("render-request-id") or answer.headers.get("x-github-request-id") or "",
            variable=self.account.variable,
            where=self.account.where,
            unsure=method not in SAFE_TO_REPEAT and answer.status >= 500,
        )


def _made(connect: Callable[..., httpx.Client], **limits: httpx.Limits) -> httpx.Client:
    """httpx looks at the proxies of the environment here, and understands only some of them."""
    try:
        return connect(**limits)
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise WrongUse(
            "wrong_proxy",
            "The proxy that the environment names cannot be used.",
            why=str(error),
            fix="set HTTPS_PROXY to one that speaks HTTP, or unset HTTPS_PROXY and ALL_PROXY",
        ) from error


@functools.cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the certificates takes 30 ms."""
    return httpx.create_ssl_context()


def _reason(error: httpx.RequestError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "time was up"
    return str(error) or type(error).__name__


def _why_wait(service: str, answer: Answer) -> str:
    if failure.is_limit(answer.status, answer.headers):
        return f"{service} has had too many requests"
    return f"{service} answers {answer.status}"


def _wait_of(method: str, answer: Answer, tries: int) -> float | None:
    """Seconds until it may be asked again; None where asking again would not help, or do it twice."""
    if failure.is_limit(answer.status, answer.headers):
        told = _told(answer.headers)
        # Not all at the same moment: whoever shares the limit was told the same.
        return _pause(tries) if told is None else told + random.uniform(0, 0.5)
    return _pause(tries) if answer.status >= 500 and method in SAFE_TO_REPEAT else None


def _pause(tries: int) -> float:
    """Exponential back-off with full jitter above a floor that keeps two tries apart."""
    longest = min(FIRST_PAUSE * 2.0**tries, LONGEST_PAUSE)
    return longest / 2 + random.uniform(0, longest / 2)


def _told(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the server says: Retry-After (seconds or a date), else Ratelimit-Reset.

    Render's documentation calls the latter seconds since 1970; what is recorded of it are seconds remaining.
    """
    for name in ("retry-after", "ratelimit-reset", "x-ratelimit-reset"):
        value = headers.get(name, "")
        try:
            seconds = float(value) if value else None
        except ValueError:
            seconds = _until(value)
        if seconds is not None:
            return max(seconds - time.time() if seconds > 1e9 else seconds, 0.0)
    return None


def _until(date: str) -> float | None:
    try:
        return max(parsedate_to_datetime(date).timestamp() - time.time(), 0.0)
    except ValueError:
        return None
