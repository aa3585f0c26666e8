"""A real gunicorn, and a client that reports what a monitor would see."""

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.processes import free_port, running, wait_until


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Web:
    port: int
    pid: int

    def ask(self, path: str, *, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        """Send one request on a connection of its own. An underscore in a header's name is sent as a dash."""
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        return Answer(response.status, dict(response.getheaders()), content, time.monotonic() - started)

    def answers(self) -> bool:
        try:
            return self.ask("/health/live").status == 200
        except ConnectionError:
            return False

    def services(self) -> dict[str, str]:
        states: dict[str, str] = self.ask("/health").json["services"]
        return states


@contextmanager
def serving(env: Mapping[str, str], log: Path, *options: str) -> Iterator[Web]:
    """Run gunicorn, as the project is served, for as long as the block lasts."""
    port = free_port()
    command = ("gunicorn", "smartmarket.wsgi", "-b", f"127.0.0.1:{port}", *options)
    with running(*command, env=env, log=log) as process:
        web = Web(port, process.pid)
        wait_until(web.answers, seconds=30)
        yield web
