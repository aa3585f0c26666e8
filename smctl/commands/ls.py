from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from smctl.commands import report
from smctl.commands.invocation import Invocation
from smctl.errors import SmctlError
from smctl.output import table
from smctl.project.project import Project
from smctl.stack import choice, registry

if TYPE_CHECKING:
    import typer


def ls(ctx: typer.Context) -> int:
    """Every stack on this machine.

    Example: smctl ls --json
    """
    call: Invocation = ctx.obj
    found = [_described(entry) for entry in registry.stacks()]
    rows = [["NAME", "ENGINE", "STATE", "WEB", "FOLDER"]]
    rows += [[item["name"], item["engine"], item["state"], _web(item), item["root"]] for item in found]
    call.out.data({"stacks": found}, table(rows) if found else "No stack on this machine yet. → smctl up")
    return 0


def _described(entry: dict[str, Any]) -> dict[str, Any]:
    project = Project(Path(entry["root"]))
    try:
        engine = choice.existing(project)
        services = engine.status() if engine else []
    except SmctlError:
        services = []  # a broken neighbour must not hide the others
    running = any(service.state in ("running", "starting") for service in services)
    state = "healthy" if report.is_healthy(services) else "unhealthy" if running else "stopped"
    return {**entry, "state": state}


def _web(item: dict[str, Any]) -> str:
    return f"http://localhost:{item['ports'].get('web')}" if item["state"] != "stopped" else ""
