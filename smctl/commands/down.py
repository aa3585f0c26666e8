from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from smctl.commands.invocation import Invocation
from smctl.output import seconds
from smctl.stack import choice, registry
from smctl.stack.state import State, changing

if TYPE_CHECKING:
    import typer


def down(
    ctx: typer.Context,
    volumes: Annotated[
        bool, typer.Option("--volumes", help="Remove the data too: database and queue.")
    ] = False,
) -> int:
    """Stop the stack. Data stays, unless --volumes.

    Example: smctl down --volumes
    """
    call: Invocation = ctx.obj
    project, began = call.project, time.perf_counter()
    engine = choice.existing(project)
    if engine:
        with changing(project, "down"):
            engine.recover()
            engine.down(remove_data=volumes)
            if volumes:
                # Without data there is nothing left that ties this stack to an engine.
                replace(State.load(project), engine="").save(project)
                registry.forget(project)
    took = time.perf_counter() - began
    document = {
        "project": project.config.project.name,
        "engine": engine.name if engine else None,
        "data_removed": bool(engine) and volumes,
        "seconds": round(took, 3),
    }
    what = "Stopped, and its data removed" if volumes else "Stopped; its data is kept"
    call.out.data(document, f"{what} ({seconds(took)})." if engine else "There was no stack to stop.")
    return 0
