from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from smctl.commands import progress, report
from smctl.commands.invocation import Invocation
from smctl.errors import Interrupted
from smctl.output import Output
from smctl.project import env, git
from smctl.project.project import Project
from smctl.stack import allocation, choice
from smctl.stack.engine import Engine
from smctl.stack.services import Running, Stack
from smctl.stack.state import changing, remember_timing

if TYPE_CHECKING:
    import typer


def up(
    ctx: typer.Context,
    engine: Annotated[str, typer.Option(help="docker, embedded, or auto.", metavar="NAME")] = "",
    strict_ports: Annotated[bool, typer.Option("--strict-ports", help="Fail when a port is taken.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to become healthy.")] = 300.0,
) -> int:
    """Start the stack, or repair it; returns when it is healthy.

    Makes .env, chooses free ports, migrates and seeds. Run it again at any time: what is well is left alone.

    Example: smctl up --engine embedded
    """
    call: Invocation = ctx.obj
    began = time.perf_counter()
    project = call.project
    wanted = choice.asked(engine)
    with changing(project, "up"):
        values = _environment(call.out, project)
        chosen = choice.choose(project, wanted)
        if chosen.why:
            call.out.progress(f"Engine: {chosen.engine.name}, because {chosen.why}.")
        chosen.engine.recover()
        stack = Stack(
            project, _ports(call.out, project, chosen.engine, strict_ports), values, git.head(project.root)
        )
        running = _bring_up(call.out, chosen.engine, stack, timeout)
        total = time.perf_counter() - began
        if running.changed:
            remember_timing(project, "up", total, [phase.as_document() for phase in running.phases])
    _show(call.out, project, chosen.engine.name, running, values, total)
    return 0


def _environment(out: Output, project: Project) -> dict[str, str]:
    completed = env.complete(project.env_file, project.root / ".env.example")
    if completed.created:
        out.progress("Made .env from .env.example, with new secrets.")
    elif completed.added:
        out.note(f".env had no {', '.join(completed.added)}: added from .env.example.")
    return dict(completed.values)


def _ports(out: Output, project: Project, engine: Engine, strict: bool) -> dict[str, int]:
    chosen, moved = allocation.allocate(project, engine, strict=strict)
    for move in moved:
        out.note(
            f"port {move.wanted} is taken by {move.holder}: {move.service} is on {move.taken}, remembered."
        )
    return chosen


def _bring_up(out: Output, engine: Engine, stack: Stack, timeout: float) -> Running:
    with progress.Progress(out) as show:
        try:
            return engine.up(stack, on_event=show, deadline=timeout)
        except KeyboardInterrupt:
            raise Interrupted("Interrupted. `smctl status` says what runs.", fix="smctl up") from None


def _show(
    out: Output, project: Project, engine: str, running: Running, values: dict[str, str], total: float
) -> None:
    shown: dict[str, Any] = report.document(project, engine, running.services, values.get("DEMO_PASSWORD"))
    shown |= {"seconds": round(total, 3), "phases": [phase.as_document() for phase in running.phases]}
    out.progress(progress.summary(total, running.phases))
    out.data(shown, report.text(out, project, shown))
