from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

from smctl.commands import naming
from smctl.commands.invocation import Invocation
from smctl.data import suites
from smctl.errors import WrongUse, did_you_mean
from smctl.output import on_a_terminal

if TYPE_CHECKING:
    import typer


def test(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="The suite (default: backend), and after -- arguments of pytest.",
            metavar="[SUITE] [-- ARGS]",
        ),
    ] = None,
) -> int:
    """Run the backend's tests in the stack, which goes on undisturbed. The exit status is pytest's.

    Example: smctl test backend -- -k health
    """
    call: Invocation = ctx.obj
    suite, arguments = _split(words or [])
    engine, began = naming.existing_engine(call.project), time.perf_counter()
    if not call.out.as_json:
        return suites.run(engine, arguments, tty=on_a_terminal())
    lines = list[str]()

    def told(line: str) -> None:
        lines.append(line)
        call.out.progress(line)

    status = suites.capture(engine, arguments, on_line=told)
    took = round(time.perf_counter() - began, 3)
    shown = {
        "suite": suite,
        "exit_status": status,
        "summary": lines[-1].strip("= ") if lines else "",
        "seconds": took,
    }
    call.out.data(shown, "")
    return status


def _split(words: list[str]) -> tuple[str, list[str]]:
    """The suite and pytest's arguments. Raises WrongUse for a word that is neither."""
    if words and words[0] in suites.SUITES:
        return words[0], words[1:]
    if not words or words[0].startswith("-") or "/" in words[0] or ".py" in words[0]:
        return suites.SUITES[0], words
    raise WrongUse(
        "no_such_suite",
        f"There is no suite {words[0]!r}.",
        why=f"suites: {', '.join(suites.SUITES)}",
        fix=did_you_mean(words[0], suites.SUITES) or f"smctl test backend -- {' '.join(words)}",
    )
