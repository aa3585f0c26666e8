from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smctl.commands.invocation import Invocation
from smctl.output import table

if TYPE_CHECKING:
    import typer


def config(ctx: typer.Context) -> int:
    """What smctl understood of smctl.toml, defaults included.

    Example: smctl config --json
    """
    call: Invocation = ctx.obj
    document = call.project.config.as_document()
    call.out.data({"root": str(call.project.root), **document}, table(_rows("", document), indent=""))
    return 0


def _rows(prefix: str, values: dict[str, Any]) -> list[list[str]]:
    rows = []
    for key, value in values.items():
        name = f"{prefix}.{key}" if prefix else key
        rows += _rows(name, value) if isinstance(value, dict) else [[name, str(value)]]
    return rows
