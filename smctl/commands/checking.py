"""A list of checks, run in order: a line and a time for each, and all that failed at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from smctl.commands import naming
from smctl.commands.invocation import Invocation
from smctl.data.checking import Checked, Place
from smctl.errors import WrongUse, did_you_mean
from smctl.output import BOLD, GREEN, RED, Output, seconds
from smctl.project import checks, production
from smctl.project.checks import Check
from smctl.project.project import Project
from smctl.stack import frontend

WIDTH = 18  # of "backend migrations"


def of(project: Project) -> list[Check]:
    """Every check of this project."""
    return checks.all_of(api=production.api(project.config), has_frontend=project.has_frontend)


def part(typed: str | None, project: Project, *, example: str) -> str:
    """A part as it was typed, "all" where none was. Raises WrongUse for a word that is none, or not here."""
    known = (*checks.PARTS, "all")
    if typed == "frontend":
        frontend.require(project)
    if typed in (None, *known):
        return typed or "all"
    raise WrongUse(
        "no_such_part",
        f"There is no part {typed!r}.",
        why=f"parts: {', '.join(known)}",
        fix=did_you_mean(str(typed), known) or example,
    )


def place(project: Project, wanted: Sequence[Check]) -> Place:
    """Where they run.

    Raises NotHealthy where a check needs the stack and it does not run, before any check is run.
    """
    inside = any(check.part == "backend" for check in wanted)
    return Place(project, naming.running_engine(project) if inside else None)


def run(call: Invocation, wanted: Sequence[Check], where: Place) -> int:
    """Run them all, whatever fails: 0, or 1 where any did.

    Document: {"ok", "seconds", "checks": [{"name", "part", "status": "ok|failed", "seconds", and where it
    failed "output": [line…]}]}.
    """
    began, done = time.perf_counter(), list[Checked]()
    for check in wanted:
        done.append(where.check(check, on_line=call.out.detail))
        call.out.progress(_line(call.out, done[-1]))
    took = time.perf_counter() - began
    ok = all(one.passed for one in done)
    document = {"ok": ok, "seconds": round(took, 3), "checks": [one.as_document() for one in done]}
    call.out.data(document, _text(call.out, done, took))
    return 0 if ok else 1


def _line(out: Output, done: Checked) -> str:
    word = out.paint("ok    ", GREEN, stream=sys.stderr)
    if not done.passed:
        word = out.paint("FAILED", RED, stream=sys.stderr)
    return f"  {done.check.title:<{WIDTH}}  {word}  {seconds(done.seconds)}"


def _text(out: Output, done: Sequence[Checked], took: float) -> str:
    failed = [one for one in done if not one.passed]
    if not failed:
        return f"{len(done)} checks passed in {seconds(took)}."
    names = ", ".join(one.check.title for one in failed)
    told = [_failure(out, one) for one in failed]
    return "\n\n".join([*told, f"{len(failed)} of {len(done)} checks failed in {seconds(took)}: {names}."])


def _failure(out: Output, done: Checked) -> str:
    check = done.check
    head = f"{check.title}: {check.command}   (in {check.folder}, exit status {done.status})"
    mend = [f"→ smctl lint --fix {check.part}"] if check.fix else []
    return "\n".join([out.paint(head, BOLD), *done.output, *mend])
