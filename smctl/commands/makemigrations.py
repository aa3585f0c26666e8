from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smctl.commands import managing
from smctl.commands.invocation import Invocation

if TYPE_CHECKING:
    import typer


def makemigrations(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(help="Only of these apps; default: all.", metavar="[APP]...")
    ] = None,
) -> int:
    """Write migrations for what changed in the models. Options of manage.py makemigrations go after --.

    Example: smctl makemigrations accounts -- --name shop_hours
    """
    call: Invocation = ctx.obj
    return managing.manage(call, ["makemigrations", *(words or [])])
