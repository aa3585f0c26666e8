"""Starting and ending processes so that none outlives the supervisor, and none is mistaken for another."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

# <sys/prctl.h> and <sched.h>
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, CLONE_NEWUSER = 1, 36, 0x10000000
NOBODY = 65534
IS_LINUX = sys.platform == "linux"
LIBC = ctypes.CDLL(None, use_errno=True) if IS_LINUX else None

# What a shell may have set for another Python or another project, and must not leak into this one. Without
# bytecode every start compiles Django and Celery anew, and takes three times as long.
FOREIGN = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONDONTWRITEBYTECODE",
    "VIRTUAL_ENV",
    "DJANGO_SETTINGS_MODULE",
    "PYTEST_ADDOPTS",
)


def base_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in FOREIGN}


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent died, so that they are reaped and never stay zombies.

    PostgreSQL takes a zombie's pid in postmaster.pid for a living server, and PID 1 of a container may never
    reap.
    """
    if LIBC:
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def spawn(
    argv: Sequence[str],
    *,
    cwd: str,
    env: dict[str, str],
    output: int,
    stop_signal: signal.Signals,
    stdin: int = subprocess.DEVNULL,
    nobody: bool = False,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own that is told to stop when this process dies.

    The kernel's signal comes when the *thread* that spawned ends, so only the main thread may call this.
    """
    return subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=base_environment() | env,
        stdin=stdin,
        stdout=output,
        stderr=output,
        start_new_session=True,
        pass_fds=pass_fds,
        preexec_fn=_set_up_child(stop_signal, nobody=nobody and must_become_nobody()),
    )


def _set_up_child(stop_signal: signal.Signals, *, nobody: bool) -> Callable[[], None] | None:
    if LIBC is None:
        return None
    libc, parent = LIBC, os.getpid()

    def set_up() -> None:
        if nobody:
            become_nobody()
        libc.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return set_up


def become_nobody() -> None:
    """Enter a user namespace in which this user is seen as `nobody`: files stay its own and 0700, no user is
    made.
    """
    uid, gid = os.getuid(), os.getgid()
    if LIBC is None or LIBC.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1")


def must_become_nobody() -> bool:
    """PostgreSQL takes neither root nor a user id without a name, such as a container may have."""
    import pwd

    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return True
    return os.geteuid() == 0


def can_become_nobody() -> bool:
    """Try it in a child: some containers forbid user namespaces."""
    child = os.fork()
    if child == 0:
        try:
            become_nobody()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal a child's whole session; one that is gone already is no error."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def identity(pid: int) -> float:
    """When a process started (seconds since the epoch), 0.0 where there is none. A pid alone may be
    another's.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return 0.0


def is_same(pid: int, started: float) -> bool:
    """Whether this pid still is the process that was recorded. The clock may have been set by a second
    since.
    """
    return started > 0 and abs(identity(pid) - started) < 1.0


def is_frozen(pid: int) -> bool:
    """Whether a process was stopped by SIGSTOP: it keeps its sockets, and its children may answer for it."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.Error:
        return False


def children() -> list[int]:
    """The living children of this process, adopted ones too."""
    import psutil

    return [child.pid for child in psutil.Process().children() if identity(child.pid)]
