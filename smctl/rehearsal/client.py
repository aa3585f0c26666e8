"""Talking to the daemon of a rehearsal, and starting it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from typing import Any

from smctl.errors import NotHealthy
from smctl.rehearsal.places import Places

Answer = dict[str, Any]
START_DEADLINE = 30.0  # seconds
STOP_DEADLINE = 60.0  # seconds; releases that run finish what is under way


def ask(places: Places, request: Answer, *, deadline: float = 10.0) -> Answer | None:
    """One request, one answer; None where no daemon listens. Raises NotHealthy where one stays silent."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(deadline)
            connection.connect(str(places.socket))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as lines:
                line = lines.readline()
    except TimeoutError:
        raise NotHealthy(
            "rehearsal_silent",
            f"The rehearsal does not answer within {deadline:g} s.",
            why=f"see {places.log}",
            fix="smctl rehearse down, then smctl rehearse up",
        ) from None
    except OSError:
        return None
    answer: Answer | None = json.loads(line) if line else None
    return answer


def running(places: Places) -> bool:
    return ask(places, {"do": "ping"}) is not None


def start(places: Places) -> None:
    """Start the daemon, detached from this terminal, and wait until it listens.

    Raises NotHealthy with what it printed where it does not.
    """
    with open(places.log, "wb") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-P", "-m", "smctl.rehearsal.daemon", str(places.root)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=places.root,
            env=dict(os.environ),
            start_new_session=True,
        )
    deadline, wait = time.monotonic() + START_DEADLINE, 0.02
    while not running(places):
        if daemon.poll() is not None or time.monotonic() > deadline:
            written = places.log.read_text(encoding="utf-8", errors="replace").splitlines()
            raise NotHealthy(
                "rehearsal_failed",
                "The rehearsal did not start.",
                why="\n".join(written[-15:]),
                fix=f"see {places.log}",
            )
        time.sleep(wait)
        wait = min(wait * 1.5, 0.2)


def stop(places: Places) -> None:
    """Have the daemon end, and wait until it has. Raises NotHealthy where it does not."""
    if not places.lock.exists():
        return
    ask(places, {"do": "stop"}, deadline=STOP_DEADLINE)
    with open(places.lock, "rb+") as lock:
        deadline = time.monotonic() + STOP_DEADLINE
        while not _is_free(lock.fileno()):
            if time.monotonic() > deadline:
                raise NotHealthy(
                    "rehearsal_silent",
                    "The rehearsal does not end.",
                    why=f"its process is {lock.read().decode().strip()}; see {places.log}",
                    fix="end that process, then smctl rehearse down",
                )
            time.sleep(0.02)


def _is_free(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
