from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smctl.commands import report
from smctl.commands.invocation import Invocation
from smctl.errors import NotHealthy
from smctl.stack import choice, current

if TYPE_CHECKING:
    import typer


def status(
    ctx: typer.Context,
    production: Annotated[
        bool, typer.Option("--production", help="Of production, not of the stack.")
    ] = False,
) -> int:
    """What runs, on which port, and is it well. Exit status 3 if it is not.

    Example: smctl status --json
    """
    call: Invocation = ctx.obj
    if production:
        from smctl.commands import production_status  # only who asks for it pays for what it imports

        return production_status.show(call)
    project = call.project
    engine = choice.existing(project)
    services = engine.status() if engine else []
    if engine is None or not services:
        raise NotHealthy("not_running", f"There is no stack in {project.root} yet.", fix="smctl up")
    shown = report.document(project, engine.name, services, current.values(project).get("DEMO_PASSWORD"))
    call.out.data(shown, report.text(call.out, project, shown))
    if shown["healthy"]:
        return 0
    if not call.out.as_json:
        stopped = all(service.state == "stopped" for service in services)
        call.out.progress(f"{'Stopped' if stopped else 'Not healthy'}. → smctl up")
    return NotHealthy.exit_status
