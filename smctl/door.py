"""The outermost door: turns every end of a command into an exit status, and every error into four plain
things.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

from smctl import __version__
from smctl.errors import Interrupted, SmctlError, WrongUse
from smctl.output import Output


def run(command: Callable[[], int], out: Output) -> int:
    """Run a command to its exit status. out: how an error is shown; with --json, stdout has that document
    alone.
    """
    try:
        return command()
    except SmctlError as error:
        return _show(out, error)
    except KeyboardInterrupt:
        return _show(out, Interrupted())
    except BrokenPipeError:
        return _fall_silent(0)
    except Exception as error:
        return _from_typer(out, error)


def _show(out: Output, error: SmctlError) -> int:
    try:
        out.error(error)
    except BrokenPipeError:
        return _fall_silent(error.exit_status)
    return error.exit_status


def _fall_silent(status: int) -> int:
    """Whoever read our output has had enough, as in `smctl logs | head`. Nothing may be flushed at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        os.dup2(nowhere, stream.fileno())
    return status


def _from_typer(out: Output, error: Exception) -> int:
    import typer
    from typer._click import exceptions

    if isinstance(error, typer.Exit):
        return int(error.exit_code)
    if isinstance(error, exceptions.NoArgsIsHelpError):
        error.show()
        return 2
    if isinstance(error, exceptions.UsageError):
        verb = error.ctx.command_path if error.ctx else "smctl"
        return _show(out, WrongUse("usage", error.format_message(), fix=f"{verb} --help"))
    if isinstance(error, OSError) and error.errno in _MACHINE:
        code, message, fix = _MACHINE[error.errno]
        return _show(out, SmctlError(code, message, why=str(error), fix=fix))
    return _show(out, _crash(error))


_NO_PERMISSION = ("no_permission", "A file may not be read or written.", "check who owns the folder: ls -la")
_MACHINE = {
    errno.ENOSPC: ("disk_full", "The disk is full.", "free some space, then run the same command again"),
    errno.EROFS: ("read_only", "The file system is read-only.", "use a folder that you can write to"),
    errno.EACCES: _NO_PERMISSION,
    errno.EPERM: _NO_PERMISSION,
}


def _crash(error: Exception) -> SmctlError:
    """An error that nobody foresaw: its traceback goes to a file, not to the person."""
    import platform  # with traceback 25 ms, which only a crash should cost
    import traceback

    words = [
        f"smctl {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command: {' '.join(sys.argv[1:2])}",  # the verb alone: what follows may hold a secret
        "".join(traceback.format_exception(error)),
    ]
    return SmctlError(
        "crash",
        f"smctl has a bug here: {type(error).__name__}.",
        why=_written("\n".join(words)),
        fix="report it with that file",
    )


def _written(details: str) -> str:
    """Where the details of a crash are; their last lines, where they cannot be written."""
    import time

    from smctl.stack.registry import machine_dir

    try:
        path = machine_dir() / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        path.write_text(details, encoding="utf-8", errors="replace")
    except OSError as unwritable:
        return "\n".join([f"no file could be written ({unwritable})", *details.splitlines()[-4:]])
    return f"the details are in {path}"
