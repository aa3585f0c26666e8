from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smctl.commands import checking
from smctl.commands.invocation import Invocation
from smctl.project import checks

if TYPE_CHECKING:
    import typer


def lint(
    ctx: typer.Context,
    part: Annotated[str | None, typer.Argument(help="backend, frontend, files or all (default).")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Run the formatters first; render writes.")] = False,
) -> int:
    """Formatters, linters, types, migrations, API schema, generated files, as CI asks. Exit 1 if any fails.

    The backend's run in the stack, which goes on undisturbed.

    Example: smctl lint --fix backend
    """
    call: Invocation = ctx.obj
    part = checking.part(part, call.project, example="smctl lint")
    wanted = checks.chosen(checking.of(call.project), part=part, kind="lint")
    where = checking.place(call.project, wanted)
    for check in wanted if fix else ():
        if check.fix:
            where.fix(check, on_line=call.out.detail)
    return checking.run(call, wanted, where)
