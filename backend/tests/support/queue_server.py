"""A Redis that a test may restart while others use it."""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings

from tests.support.addresses import redis_address, redis_url
from tests.support.processes import free_port, wait_until
from tests.support.proxy import Proxy


@dataclass(frozen=True)
class QueueServer:
    """crash: end it without a warning. start: have it back, with all that it had accepted."""

    url: str
    crash: Callable[[], object]
    start: Callable[[], object]


@contextlib.contextmanager
def queue_server(folder: Path) -> Iterator[QueueServer]:
    """Run a server of one's own, of the program that serves the tests; where that is out of reach (it may run
    in another container), go through a proxy to it, whose end looks the same from outside."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        program = Path(client.info("server").get("executable", ""))
    with _own(program, folder) if program.is_file() else _proxied() as server:
        yield server


@contextlib.contextmanager
def _own(program: Path, folder: Path) -> Iterator[QueueServer]:
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    process: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        process.append(
            subprocess.Popen([*command, "--save", "", "--appendonly", "yes"], stdout=subprocess.DEVNULL)
        )
        wait_until(lambda: _answers(url), seconds=10)

    def crash() -> None:
        process[-1].kill()
        process[-1].wait()

    start()
    try:
        yield QueueServer(url, crash, start)
    finally:
        crash()


@contextlib.contextmanager
def _proxied() -> Iterator[QueueServer]:
    with Proxy(redis_address()) as proxy:
        yield QueueServer(redis_url(proxy.port), proxy.kill, proxy.revive)


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client, contextlib.suppress(redis.RedisError):
        return bool(client.ping())
    return False
