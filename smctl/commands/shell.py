from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smctl.commands import naming
from smctl.commands.invocation import Invocation
from smctl.output import on_a_terminal

if TYPE_CHECKING:
    import typer

# What a person wants who asks for a shell there.
SHELLS = {
    "web": ["python", "manage.py", "shell"],
    "worker": ["python", "manage.py", "shell"],
    "db": ["psql"],
}


def shell(
    ctx: typer.Context,
    service: Annotated[str, typer.Argument(help="Where; default: a Django shell.")] = "web",
) -> int:
    """A Django shell; in db a psql; elsewhere a shell.

    Example: echo 'print(1)' | smctl shell
    """
    call: Invocation = ctx.obj
    engine = naming.existing_engine(call.project)
    naming.services(engine, [service])
    argv = SHELLS.get(service, ["sh"])
    return engine.run(service, argv, env={}, tty=on_a_terminal())
