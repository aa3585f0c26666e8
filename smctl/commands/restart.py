from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

from smctl.commands import naming, progress
from smctl.commands.invocation import Invocation
from smctl.output import seconds
from smctl.stack.state import changing

if TYPE_CHECKING:
    import typer


def restart(
    ctx: typer.Context,
    services: Annotated[
        list[str] | None, typer.Argument(help="Which; default: all.", metavar="[SERVICE]...")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to become healthy.")] = 300.0,
) -> int:
    """Restart services, and wait until they are healthy.

    Example: smctl restart worker
    """
    call: Invocation = ctx.obj
    began = time.perf_counter()
    with changing(call.project, "restart"):
        engine = naming.running_engine(call.project)
        names = naming.services(engine, services)
        with progress.Progress(call.out) as show:
            engine.restart(names, on_event=show, deadline=timeout)
    took = time.perf_counter() - began
    call.out.data(
        {"restarted": names, "seconds": round(took, 3)}, f"Restarted {', '.join(names)} ({seconds(took)})."
    )
    return 0
