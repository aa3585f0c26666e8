"""The outermost door: turns every end of a command into an exit status, and every error into four plain
things.
"""

from __future__ import annotations

import os
import platform
import sys
import time
import traceback
from collections.abc import Callable

from smctl import __version__
from smctl.errors import Interrupted, SmctlError, WrongUse
from smctl.output import Output


def run(command: Callable[[], int], *, as_json: bool) -> int:
    """Run a command to its exit status. as_json: how an error is shown; stdout then has that document
    alone.
    """
    out = Output(as_json=as_json)
    try:
        return command()
    except SmctlError as error:
        return _show(out, error)
    except KeyboardInterrupt:
        return _show(out, Interrupted())
    except BrokenPipeError:
        # Whoever read our output has had enough, as in `smctl logs | head`. Nothing may be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _from_typer(out, error)


def _show(out: Output, error: SmctlError) -> int:
    out.error(error)
    return error.exit_status


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


_MACHINE = {
    28: ("disk_full", "The disk is full.", "free some space, then run the same command again"),  # ENOSPC
    30: ("read_only", "The file system is read-only.", "use a folder that you can write to"),  # EROFS
    13: (
        "no_permission",
        "A file may not be read or written.",
        "check who owns the folder: ls -la",
    ),  # EACCES
}


def _crash(error: Exception) -> SmctlError:
    """An error that nobody foresaw: its traceback goes to a file, not to the person."""
    from smctl.stack.registry import machine_dir

    path = machine_dir() / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    words = [
        f"smctl {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command: {' '.join(sys.argv[1:2])}",  # the verb alone: what follows may hold a secret
        "".join(traceback.format_exception(error)),
    ]
    path.write_text("\n".join(words), encoding="utf-8")
    return SmctlError(
        "crash",
        f"smctl has a bug here: {type(error).__name__}.",
        why=f"the details are in {path}",
        fix="report it with that file",
    )
