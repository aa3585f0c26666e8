"""Real processes of this project: commands, a Celery worker, gunicorn. Whoever starts one stops it."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

BACKEND = Path(__file__).resolve().parents[2]
WORKER = ("celery", "-A", "smartmarket", "worker", "--concurrency", "2")
WORKER_FLAGS = ("--without-gossip", "--without-mingle", "--without-heartbeat")


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of the tests with `changes`, for the project's own settings."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "smartmarket.settings", **changes}


def python(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Python to its end, at most 30 seconds, and return what it wrote."""
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=BACKEND, env=env, capture_output=True, text=True, timeout=30, check=False
    )


def manage(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return python("manage.py", *arguments, env=env)


@contextlib.contextmanager
def running(*arguments: str, env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m ARGUMENTS` in a session of its own for as long as the block lasts."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=BACKEND,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, and after five seconds make its whole session end."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on.

    Below those that the system gives to outgoing connections, so that it is still free when it is used.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def wait_until(condition: Callable[[], bool], *, seconds: float) -> float:
    """Return after how many seconds the condition became true.

    Raises:
        AssertionError: it did not in time.
    """
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            raise AssertionError(f"not true within {seconds} s")
        time.sleep(0.02)
    return time.monotonic() - started
