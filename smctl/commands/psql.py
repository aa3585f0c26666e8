from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smctl.commands import naming
from smctl.commands.invocation import Invocation
from smctl.errors import WrongUse
from smctl.output import on_a_terminal

if TYPE_CHECKING:
    import typer


def psql(
    ctx: typer.Context,
    arguments: Annotated[
        list[str] | None, typer.Argument(help="psql's own, after --.", metavar="[-- ARGS]")
    ] = None,
) -> int:
    """A SQL prompt in the stack's database, as the application's role. Its exit status is psql's.

    Example: echo 'select 1' | smctl psql -- -At
    """
    call: Invocation = ctx.obj
    engine = naming.existing_engine(call.project)
    if call.out.as_json:
        raise WrongUse(
            "usage",
            "psql writes its own output, so --json can not hold for it.",
            fix='smctl psql -- -XAtc "select json_agg(t) from (select 1 as n) t"',
        )
    return engine.run("db", ["psql", *(arguments or [])], env={}, tty=on_a_terminal())
