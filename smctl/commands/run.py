from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smctl.commands import naming
from smctl.commands.invocation import Invocation
from smctl.errors import WrongUse
from smctl.output import on_a_terminal

if TYPE_CHECKING:
    import typer


def run(
    ctx: typer.Context,
    service: Annotated[str, typer.Argument(help="web, worker, db, redis or frontend.")],
    command: Annotated[list[str] | None, typer.Argument(help="The command, after --.")] = None,
) -> int:
    """Run a command in a service's environment. Its exit status is smctl's.

    Example: smctl run web -- python manage.py createsuperuser
    """
    call: Invocation = ctx.obj
    engine = naming.existing_engine(call.project)
    naming.services(engine, [service])
    if not command:
        raise WrongUse("usage", "No command was given.", fix=f"smctl run {service} -- COMMAND")
    return engine.run(service, command, env={}, tty=on_a_terminal())
