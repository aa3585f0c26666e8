"""Talking to the supervisor daemon of a project, and starting it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from smctl.errors import NotHealthy
from smctl.stack.embedded.places import Places

Answer = dict[str, Any]
LOCK_HELD = 75  # exit status of a daemon that found another one: EX_TEMPFAIL of <sysexits.h>
START_DEADLINE = 20.0  # seconds; most of it only when leftovers of a killed supervisor must end first


def ask(places: Places, request: Answer, *, deadline: float = 5.0) -> Iterator[Answer]:
    """Send one request and yield its answers. deadline: longest silence, in seconds.

    Raises ConnectionError (or FileNotFoundError) where no daemon listens or it goes away, TimeoutError on
    silence.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(deadline)
        connection.connect(str(places.socket))
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as lines:
            for line in lines:
                answer: Answer = json.loads(line)
                yield answer
                if answer.get("end"):
                    return
    raise ConnectionResetError("the supervisor went away")


def ask_once(places: Places, request: Answer, *, deadline: float = 5.0) -> Answer | None:
    """The last answer to a request, or None where no daemon listens. Raises NotHealthy where one is
    silent."""
    try:
        *_, last = ask(places, request, deadline=deadline)
    except (ConnectionError, FileNotFoundError):
        return None
    except TimeoutError:
        raise NotHealthy(
            "supervisor_silent",
            f"The supervisor of this stack does not answer within {deadline:g} s.",
            why="it is frozen, or the machine is overloaded",
            fix="smctl up",
        ) from None
    return last


def start(places: Places, environment: dict[str, str]) -> None:
    """Start the daemon, detached from this terminal, and wait until it listens.

    One that holds the lock and does not listen is ended first. Raises NotHealthy, with what it printed,
    where the daemon does not start.
    """
    if not _started(places, environment):
        end_silent(places)
        _started(places, environment)


def end_silent(places: Places) -> None:
    """Kill a daemon that does not answer. Its pid is in the lock file, and the kernel says that it is
    held."""
    if not await_end(places, within=2.0):  # it may be about to end by itself
        os.kill(int(places.lock.read_text()), signal.SIGKILL)
        await_end(places, within=5.0)


def await_end(places: Places, *, within: float) -> bool:
    """Wait until no daemon holds the project's lock, which a process gives up last. within: seconds."""
    descriptor = os.open(places.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        return _lock_is_free(descriptor, within=within)
    finally:
        os.close(descriptor)


def _lock_is_free(descriptor: int, *, within: float) -> bool:
    deadline = time.monotonic() + within
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)


def _started(places: Places, environment: dict[str, str]) -> bool:
    """Whether a new daemon listens; False if another holds the lock."""
    log_path = places.logs / "supervisor.log"
    with open(log_path, "ab") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "smctl.stack.embedded.daemon", str(places.root)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=places.root,
            env=dict(os.environ) | environment,
            start_new_session=True,
        )
    deadline, wait = time.monotonic() + START_DEADLINE, 0.002
    while ask_once(places, {"do": "ping"}) is None:
        ended = daemon.poll()
        if ended == LOCK_HELD:
            return False
        if ended is not None or time.monotonic() > deadline:
            raise NotHealthy(
                "supervisor_failed",
                "The supervisor did not start.",
                why="\n".join(log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]),
                fix=f"see {log_path}",
            )
        time.sleep(wait)
        wait = min(wait * 1.5, 0.02)
    return True
