from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from smctl.commands import naming
from smctl.commands.invocation import Invocation
from smctl.data import suites
from smctl.errors import WrongUse, did_you_mean
from smctl.output import on_a_terminal

if TYPE_CHECKING:
    import typer

TOTALS = re.compile(r"\s*Tests\s+(?P<totals>\d.*)")  # vitest says it before its times


def test(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="backend (default), frontend or all, and after -- arguments of pytest or vitest.",
            metavar="[SUITE] [-- ARGS]",
        ),
    ] = None,
) -> int:
    """Run the backend's tests in the stack, which goes on undisturbed, or the frontend's. The exit status is
    theirs.

    Example: smctl test backend -- -k health
    """
    call: Invocation = ctx.obj
    suite, arguments = _split(words or [])
    chosen = suites.SUITES[:-1] if suite == "all" else [suite]
    if suite == "all" and not call.project.has_frontend:
        chosen = ["backend"]
    if not call.out.as_json:
        # Every suite is run, whatever became of the one before.
        statuses = [_run(call, one, arguments) for one in chosen]
        return next((status for status in statuses if status), 0)
    shown = [_captured(call, one, arguments) for one in chosen]
    status = next((one["exit_status"] for one in shown if one["exit_status"]), 0)
    call.out.data(shown[0] if suite != "all" else _both(shown, status), "")
    return int(status)


def _run(call: Invocation, suite: str, arguments: Sequence[str]) -> int:
    if suite == "frontend":
        return suites.run_frontend(call.project, arguments, on_step=call.out.progress)
    return suites.run(naming.existing_engine(call.project), arguments, tty=on_a_terminal())


def _captured(call: Invocation, suite: str, arguments: Sequence[str]) -> dict[str, Any]:
    began, lines = time.perf_counter(), list[str]()

    def told(line: str) -> None:
        lines.append(line)
        call.out.progress(line)

    if suite == "frontend":
        status = suites.capture_frontend(call.project, arguments, on_line=told)
    else:
        status = suites.capture(naming.existing_engine(call.project), arguments, on_line=told)
    took = round(time.perf_counter() - began, 3)
    return {"suite": suite, "exit_status": status, "summary": _summary(lines), "seconds": took}


def _summary(lines: Sequence[str]) -> str:
    totals = [match["totals"] for line in lines if (match := TOTALS.fullmatch(line))]
    return totals[-1] if totals else lines[-1].strip("= ") if lines else ""


def _both(shown: Sequence[dict[str, Any]], status: int) -> dict[str, Any]:
    summary = "; ".join(f"{one['suite']}: {one['summary']}" for one in shown)
    took = round(sum(one["seconds"] for one in shown), 3)
    return {"suite": "all", "exit_status": status, "summary": summary, "seconds": took, "suites": shown}


def _split(words: list[str]) -> tuple[str, list[str]]:
    """The suite and its arguments. Raises WrongUse for a word that is neither."""
    if words[:1] == ["all"] and words[1:]:
        raise WrongUse(
            "usage",
            "Arguments belong to one suite, and there are two.",
            why=" ".join(words),
            fix=f"smctl test backend -- {' '.join(words[1:])}",
        )
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
