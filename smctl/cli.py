"""The entry point. `--version` and `--help` are answered at once; the rest is smctl.tree's, with typer."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from smctl import __version__
from smctl.errors import WrongUse


def main(argv: Sequence[str] | None = None) -> int:
    """Run smctl with these arguments (default: the process's own) and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["--version"]:
        return _say(f"smctl {__version__}\n")
    if arguments in (["--help"], ["-h"], ["help"]):
        from smctl.verbs import root_help

        return _say(root_help() + "\n")
    from smctl import door
    from smctl.output import Output

    # What comes before `--` is ours; what comes after belongs to the command that `run` runs.
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    out = Output(as_json="--json" in ours, color="--no-color" not in ours)
    return door.run(lambda: _dispatch(arguments), out)


def _say(text: str) -> int:
    """Answer without the door, whose imports cost more than the answer."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Nothing may be flushed at exit. A reader that has had enough is no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0 if isinstance(error, BrokenPipeError) else 1
    return 0


def _dispatch(arguments: list[str]) -> int:
    if sys.platform == "win32":
        raise WrongUse(
            "windows",
            "smctl does not run on Windows itself.",
            why="its locks, sockets and process groups are those of Linux and macOS",
            fix="run it inside WSL2 (wsl --install), or without smctl: docker compose up",
        )
    if arguments and arguments[0] in PLAIN and set(arguments[1:]) <= FLAGS.keys():
        return _call(arguments[0], {FLAGS[flag] for flag in arguments[1:]})
    from smctl import tree  # inside the door: these are the 60 ms in which Ctrl-C is likeliest

    return tree.dispatch(arguments)


# What is typed most, as it is typed most: a verb with its defaults. That needs no parser, and typer's import
# alone is most of the 80 ms that `smctl status` may take.
PLAIN = ("up", "down", "status", "ls", "health", "config")
FLAGS = {"--json": "as_json", "--quiet": "quiet", "-q": "quiet", "--verbose": "verbose", "-v": "verbose"}


def _call(verb: str, given: set[str]) -> int:
    from importlib import import_module
    from pathlib import Path
    from types import SimpleNamespace

    from smctl.commands.invocation import Invocation
    from smctl.output import Output

    out = Output(as_json="as_json" in given, quiet="quiet" in given, verbose="verbose" in given)
    function = getattr(import_module(f"smctl.commands.{verb}"), verb)
    return int(function(SimpleNamespace(obj=Invocation(out, Path.cwd()))))
