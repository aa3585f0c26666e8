"""Django's own commands, in the service web."""

from __future__ import annotations

import re
from collections.abc import Sequence

from smctl.errors import SmctlError
from smctl.stack.capture import Captured, OnLine
from smctl.stack.engine import Engine

LINES_KEPT = 20
PROGRAM = ("python", "manage.py")
ASK_NOTHING = "--no-input"
REFUSAL = re.compile(r"CommandError: |manage\.py \w+: error: ")


def run(engine: Engine, words: Sequence[str], *, tty: bool) -> int:
    """`manage.py WORDS` with our streams: its exit status. Without a terminal it asks nothing."""
    return engine.run("web", [*PROGRAM, *words, *([] if tty else [ASK_NOTHING])], env={}, tty=tty)


def capture(engine: Engine, words: Sequence[str], *, on_line: OnLine) -> Captured:
    """The same for a program: each line of stderr to on_line.

    Raises SmctlError (`command_failed`) with what was said last, and the command's own exit status.
    """
    said = list[str]()

    def told(line: str) -> None:
        said.append(line)
        on_line(line)

    done = engine.capture("web", [*PROGRAM, *words, ASK_NOTHING], on_line=told)
    if done.status == 0:
        return done
    error = SmctlError(
        "command_failed",
        f"manage.py {words[0]} failed: exit status {done.status}.",
        why=evidence([*done.stdout.splitlines(), *said]),
        fix=help_of(words[0]),
    )
    error.exit_status = done.status
    raise error


def evidence(lines: Sequence[str]) -> str:
    """The last lines that a command said; of a refusal the reason alone, without the usage before it."""
    refused = [number for number, line in enumerate(lines) if REFUSAL.match(line)]
    return "\n".join(REFUSAL.sub("", line) for line in lines[refused[-1] if refused else -LINES_KEPT :])


def help_of(command: str) -> str:
    return f"smctl run web -- python manage.py {command} --help"
