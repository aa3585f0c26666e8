from __future__ import annotations

import json
import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from smctl.commands import naming
from smctl.commands.invocation import Invocation
from smctl.errors import WrongUse
from smctl.output import Output
from smctl.stack.services import NEEDS, LogLine

if TYPE_CHECKING:
    import typer

COLORS = ("36", "35", "34", "33", "32")  # SGR; one per service, in their order
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def logs(
    ctx: typer.Context,
    services: Annotated[
        list[str] | None, typer.Argument(help="Which; default: all.", metavar="[SERVICE]...")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with new lines; Ctrl-C ends it.")
    ] = False,
    since: Annotated[str, typer.Option(help="10m, 2h, 1d ago, or a time such as 2026-11-22T18:00.")] = "",
    tail: Annotated[int, typer.Option(min=0, help="Lines per service.")] = 200,
    production: Annotated[
        bool, typer.Option("--production", help="Of web and worker in production.")
    ] = False,
) -> int:
    """Log lines of the services, merged by time; -f follows. With --json one object a line.

    Example: smctl logs -f web worker --since 10m
    """
    call: Invocation = ctx.obj
    begin = _moment(since) if since else None
    if production:
        return _production(call, services or [], begin, tail=tail, follow=follow)
    engine = naming.existing_engine(call.project)
    names = naming.named(
        services, [name for name in NEEDS if name != "frontend" or call.project.has_frontend]
    )
    try:
        for line in engine.logs(names, follow=follow, since=begin, tail=None if since else tail):
            call.out.line(_shown(call.out, line, names))
    except KeyboardInterrupt:
        if not follow:
            raise
    return 0


def _production(
    call: Invocation, services: list[str], begin: float | None, *, tail: int, follow: bool
) -> int:
    # Only who asks for it pays for what these import.
    from smctl.commands.production import Production
    from smctl.release import distant_logs

    names = naming.named(services, list(distant_logs.KINDS))
    there = Production(call)
    try:
        for line in distant_logs.lines(there.render, there.pair(), names, begin, limit=tail, follow=follow):
            call.out.line(_shown(call.out, line, names))
    except KeyboardInterrupt:
        if not follow:
            raise
    return 0


def _shown(out: Output, line: LogLine, names: list[str]) -> str:
    if out.as_json:
        return json.dumps({"service": line.service, "at": line.at, "text": line.text}, ensure_ascii=False)
    width = max(map(len, names))
    return (
        out.paint(f"{line.service:<{width}} │ ", COLORS[names.index(line.service) % len(COLORS)]) + line.text
    )


def _moment(typed: str) -> float:
    """Seconds since the epoch. Raises WrongUse for what is neither an age nor a time."""
    age = re.fullmatch(r"(\d+)([smhd])", typed)
    if age:
        return max(0.0, time.time() - int(age[1]) * UNITS[age[2]])
    try:
        return max(0.0, datetime.fromisoformat(typed).timestamp())
    except (ValueError, OverflowError):
        raise WrongUse("usage", f"--since {typed} is no time.", fix="smctl logs --since 10m") from None
