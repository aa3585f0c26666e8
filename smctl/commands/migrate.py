from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smctl.commands import managing
from smctl.commands.invocation import Invocation

if TYPE_CHECKING:
    import typer


def migrate(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="Only this app, or up to (or back to) this migration of it; zero undoes all of them.",
            metavar="[APP [NAME]]",
        ),
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be done, and do nothing.")] = False,
) -> int:
    """Apply migrations to the stack's database. Other options of manage.py migrate go after --.

    Example: smctl migrate accounts 0001
    """
    call: Invocation = ctx.obj
    return managing.manage(call, ["migrate", *(["--plan"] if plan else []), *(words or [])])
