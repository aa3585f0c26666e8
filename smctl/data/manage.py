"""Django's own commands, in the service web."""

from __future__ import annotations

from collections.abc import Sequence

from smctl.errors import SmctlError
from smctl.stack.capture import Captured, OnLine
from smctl.stack.engine import Engine

LINES_KEPT = 20
PROGRAM = ("python", "manage.py")
ASK_NOTHING = "--no-input"


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
    """The last lines that a command said, without Django's own name for a refusal."""
    return "\n".join(line.removeprefix("CommandError: ") for line in lines[-LINES_KEPT:])


def help_of(command: str) -> str:
    return f"smctl run web -- python manage.py {command} --help"
