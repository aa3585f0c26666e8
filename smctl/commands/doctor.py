from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from smctl.commands.invocation import Invocation
from smctl.doctor import catalogue, examination
from smctl.doctor.check import Check, Result
from smctl.errors import WrongUse
from smctl.output import BOLD, DIM, GREEN, RED, YELLOW, Output
from smctl.project.project import Project

if TYPE_CHECKING:
    import typer

MARKS = {"ok": ("✓", GREEN), "warn": ("!", YELLOW), "fail": ("✗", RED), "skip": ("–", DIM)}


def doctor(
    ctx: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(help="Checks, or families of checks; default: all.", metavar="[ID]..."),
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is safe to mend, then look again.")] = False,
) -> int:
    """Check this machine and this project; say what to do. Exit status 1 if a check fails.

    Example: smctl doctor ports engine.docker --json
    """
    call: Invocation = ctx.obj
    checks, project = catalogue.select(ids or []), _project(call)
    results, mended = _examined(checks, project, fix)
    well = all(result.status != "fail" for result in results)
    for deed in mended:
        call.out.progress(f"Mended: {deed}")
    call.out.data(
        {"checks": [result.as_document() for result in results], "ok": well, "mended": mended},
        _text(call.out, results),
    )
    return 0 if well else 1


def _project(call: Invocation) -> Project | None:
    """A machine without a project has its checks, too."""
    try:
        return call.project
    except WrongUse as error:
        if error.code == "no_project":
            return None
        raise


def _examined(checks: Sequence[Check], project: Project | None, fix: bool) -> tuple[list[Result], list[str]]:
    results = examination.examine(checks, project)
    mended = examination.mended(results) if fix else []
    return (examination.examine(checks, project) if mended else results), mended


def _text(out: Output, results: Sequence[Result]) -> str:
    width = max(len(result.id) for result in results)
    return "\n".join(line for result in results for line in _lines(out, result, width))


def _lines(out: Output, result: Result, width: int) -> list[str]:
    mark = out.paint(*MARKS[result.status])
    lines = [f"{mark} {result.id:<{width}}  {result.evidence}"]
    if result.fix:
        lines.append(f"  {'':<{width}}  {out.paint('→', BOLD)} {result.fix}")
    return lines
