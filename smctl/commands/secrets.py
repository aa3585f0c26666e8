from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from smctl.commands.invocation import Invocation
from smctl.commands.production import Production, side_by_side
from smctl.errors import WrongUse, did_you_mean
from smctl.output import on_a_terminal, plural, table
from smctl.project import env, git
from smctl.release import variables
from smctl.release.preflight import REQUIRED
from smctl.release.variables import Change

if TYPE_CHECKING:
    import typer

ACTIONS = ("ls", "set", "rm", "sync")
FILE = ".env.production"
NAME = re.compile(r"[A-Z_][A-Z0-9_]*")


def secrets(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(help="ls, set, rm or sync.")] = "ls",
    name: Annotated[str, typer.Argument(help="The variable, for set and rm.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and do nothing.")
    ] = False,
) -> int:
    """The variables of production, by name: values are never shown. They hold from the next deploy on.

    set reads the value from a prompt, or from standard input. sync sets what .env.production has and
    production has not, or has otherwise; it removes nothing.

    Example: smctl secrets set SENTRY_DSN
    """
    call: Invocation = ctx.obj
    if action not in ACTIONS:
        raise WrongUse(
            "usage",
            f"secrets {action}: there is no such thing.",
            why=f"there are: {', '.join(ACTIONS)}",
            fix=did_you_mean(action, ACTIONS) or "smctl secrets --help",
        )
    production = Production(call)
    services = production.pair().services
    found = side_by_side(*(_asking(production, service.id) for service in services))
    there = {service.name: values for service, values in zip(services, found)}
    if action == "ls":
        return _list(call, there)
    changes = _changes(call, action, name, there)
    ids = {service.name: service.id for service in services}
    if not dry_run:
        variables.carry_out(production.render, ids, changes)
    call.out.data(
        {"changes": [change.as_document() for change in changes], "changed": bool(changes) and not dry_run},
        _text(changes, dry_run=dry_run),
    )
    return 0


def _asking(production: Production, service_id: str) -> Callable[[], dict[str, str]]:
    return lambda: dict(production.render.variables(service_id))


def _list(call: Invocation, there: dict[str, dict[str, str]]) -> int:
    names = sorted({name for values in there.values() for name in values})
    lacking = [name for name in REQUIRED if name not in names]
    rows = [[name, ", ".join(service for service in there if name in there[service])] for name in names]
    rows += [[name, "missing, and needed"] for name in lacking]
    document = {
        "services": {service: sorted(values) for service, values in there.items()},
        "missing": lacking,
    }
    call.out.data(document, table(rows) or "No variables yet. → smctl secrets sync")
    return 0


def _changes(call: Invocation, action: str, name: str, there: dict[str, dict[str, str]]) -> list[Change]:
    if action == "sync":
        return variables.to_set(_file(call.project.root), there)
    if not NAME.fullmatch(name):
        raise WrongUse(
            "usage",
            f"{name or 'Nothing'} is no name of a variable.",
            why="capitals, digits and _; the value is asked for, so that it is in no list of processes",
            fix=f"smctl secrets {action} SENTRY_DSN",
        )
    return (
        variables.to_remove(name, there) if action == "rm" else variables.to_set({name: _value(name)}, there)
    )


def _value(name: str) -> str:
    """From a prompt that does not show it, or from standard input. Raises WrongUse for none."""
    value = getpass.getpass(f"{name}: ") if on_a_terminal() else sys.stdin.read().rstrip("\n")
    if not value:
        raise WrongUse("usage", f"There is no value for {name}.", fix=f"… | smctl secrets set {name}")
    return value


def _file(root: Path) -> dict[str, str]:
    """What .env.production has a value for. Raises WrongUse where there is none, or git has it."""
    path = root / FILE
    if not path.is_file():
        raise WrongUse(
            "no_file", f"There is no {FILE}.", why=f"in {root}", fix=f"write NAME=value lines into {FILE}"
        )
    if git.tracked(root, path):
        raise WrongUse(
            "secret_in_git", f"git has {FILE}, and secrets never belong there.", fix=f"git rm --cached {FILE}"
        )
    return {name: value for name, value in env.read(path).items() if value}


def _text(changes: list[Change], *, dry_run: bool) -> str:
    if not changes:
        return "Everything is as wanted."
    rows = [[change.action, change.name, change.service] for change in changes]
    words = "would change" if dry_run else "changed; from the next deploy on: smctl deploy"
    return f"{table(rows)}\n  {plural(len(changes), 'variable')} {words}"
