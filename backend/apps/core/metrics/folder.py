"""Where the processes of one gunicorn keep their counts, so that whichever is asked can answer for all.

prometheus_client keeps counts in memory-mapped files, one set for each process, and adds them up when asked.
It names them by pid, so with workers that are replaced every thousand requests the files become ever more.
Here they are named by slot: a worker takes the lowest that is free, goes on with the counts of whoever had it
before, and the kernel frees it however the worker ends. So nothing is lost, and nothing has to be tidied up.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path

PREFIX = "smartmarket-metrics-"
LOCK = "lock"


def parent() -> Path:
    """Return the folder below which counts are kept: in memory where the system has such a folder."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else Path(tempfile.gettempdir())


def make() -> Path:
    """Return a new folder that only this user can read, and that this process and its children hold.

    What a gunicorn that was killed left behind is removed first.
    """
    for leftover in parent().glob(f"{PREFIX}*"):
        _remove_if_abandoned(leftover)
    # Nobody finds it by name before it is held.
    unfinished = Path(tempfile.mkdtemp(prefix=f".{PREFIX}{os.getpid()}-", dir=parent()))
    _held(unfinished / LOCK)
    return unfinished.rename(unfinished.with_name(unfinished.name.removeprefix(".")))


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


class Slot:
    """Callable: the number of this process among those that share `folder`. Another one after a fork."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid = 0
        self._number = -1

    def __call__(self) -> int:
        if self._pid != os.getpid():
            self._number = next(
                number for number in count() if _held(self._folder / f"slot-{number}") is not None
            )
            self._pid = os.getpid()
        return self._number


def _held(path: Path) -> int | None:
    """Return an open file that holds `path` until this process and its children end, or None: it is taken."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_if_abandoned(folder: Path) -> None:
    # It may go away meanwhile: another gunicorn starts, or the one that has it ends.
    with suppress(FileNotFoundError):
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            return
        if (descriptor := _held(folder / LOCK)) is not None:
            remove(folder)
            os.close(descriptor)
