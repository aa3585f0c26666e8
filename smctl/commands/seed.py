from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from smctl.commands import naming, progress
from smctl.commands.invocation import Invocation
from smctl.data import seeding
from smctl.errors import Interrupted, WrongUse
from smctl.output import seconds, table
from smctl.stack.services import Event

if TYPE_CHECKING:
    import typer


def seed(
    ctx: typer.Context,
    users: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="How many demo businesses, each with its user.")
    ] = 1,
    products: Annotated[int | None, typer.Option(min=0, help="Of each business.")] = None,
    customers: Annotated[int | None, typer.Option(min=0, help="Of each business.")] = None,
    transactions: Annotated[int | None, typer.Option(min=0, help="Of each business.")] = None,
    as_of: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The last day of the data.")] = "",
    reset: Annotated[bool, typer.Option("--reset", help="Remove the demo data first.")] = False,
) -> int:
    """Make demo data, or what is missing of it; then say what is there. A second time changes nothing.

    Example: smctl seed --users=10
    """
    call: Invocation = ctx.obj
    wanted = seeding.Wanted(users, products, customers, transactions, _day(as_of), reset)
    engine = naming.existing_engine(call.project)
    with progress.Progress(call.out) as show:
        show(Event("seed", "starting", f"{users} businesses"))
        try:
            shown = seeding.seed(
                engine, wanted, on_progress=lambda words: show(Event("seed", "waiting", words))
            )
        except KeyboardInterrupt:
            raise Interrupted(
                "Interrupted. What was made stays, and the same command makes the rest.",
                fix=f"smctl seed --users={users}",
            ) from None
        show(Event("seed", "done", "", shown["seconds"]))
    call.out.data(shown, _text(shown))
    return 0


def _day(typed: str) -> str:
    """Raises WrongUse for what is no day; ISO 8601 has other ways to write one, which are not meant."""
    if not typed:
        return typed
    try:
        if date.fromisoformat(typed).isoformat() == typed:
            return typed
    except ValueError:
        pass
    raise WrongUse("usage", f"--as-of {typed} is no day.", fix="smctl seed --as-of 2026-11-22")


def _text(shown: dict[str, Any]) -> str:
    rows = [["", "created", "there are"]]
    rows += [[name, f"{shown['created'][name]:,}", f"{shown['totals'][name]:,}"] for name in seeding.COUNTED]
    return f"{table(rows)}\n  checksum {shown['checksum']}  ({seconds(shown['seconds'])})"
