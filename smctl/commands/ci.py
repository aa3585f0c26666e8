from __future__ import annotations

from typing import TYPE_CHECKING

from smctl.commands import checking
from smctl.commands.invocation import Invocation

if TYPE_CHECKING:
    import typer


def ci(ctx: typer.Context) -> int:
    """Every check, in the order and with the commands of the workflow on GitHub. Exit 1 if any fails.

    It goes on after a failure, and tells all of them at the end. The backend's checks run in the stack, on
    the Django of smctl.toml; GitHub runs its tests on both.

    Example: smctl ci
    """
    call: Invocation = ctx.obj
    wanted = checking.of(call.project)
    return checking.run(call, wanted, checking.place(call.project, wanted))
