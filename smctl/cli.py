"""The entry point. `--version` is answered before anything else is imported; the rest is smctl.tree's."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from smctl import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run smctl with these arguments (default: the process's own) and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["--version"]:
        sys.stdout.write(f"smctl {__version__}\n")
        return 0
    from smctl import door
    from smctl.output import Output

    # What comes before `--` is ours; what comes after belongs to the command that `run` runs.
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    out = Output(as_json="--json" in ours, color="--no-color" not in ours)
    return door.run(lambda: _dispatch(arguments), out)


def _dispatch(arguments: list[str]) -> int:
    from smctl import tree  # inside the door: these are the 60 ms in which Ctrl-C is likeliest

    return tree.dispatch(arguments)
