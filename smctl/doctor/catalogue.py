"""Every check there is. A family is a file beside this one; a check, a function in it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from smctl.doctor.check import Check
from smctl.errors import WrongUse, did_you_mean

# In the order in which a person should read them: what the others rest on first.
FAMILIES = ("config", "env", "engine", "python", "node", "ports", "disk", "git", "stack")


def checks() -> list[Check]:
    """All of them, a family's in the order in which its file defines them."""
    modules = [importlib.import_module(f"smctl.doctor.{family}") for family in FAMILIES]
    return [item for module in modules for item in vars(module).values() if isinstance(item, Check)]


def select(ids: Sequence[str]) -> list[Check]:
    """The checks with these ids, or of these families; all where none is named. Raises WrongUse for
    another."""
    known = checks()
    for typed in ids:
        if not any(_means(typed, check) for check in known):
            raise _no_such_check(typed, [*FAMILIES, *(check.id for check in known)])
    return [check for check in known if not ids or any(_means(typed, check) for typed in ids)]


def _means(typed: str, check: Check) -> bool:
    return typed in (check.id, check.id.partition(".")[0])


def _no_such_check(typed: str, known: list[str]) -> WrongUse:
    nearest = did_you_mean(typed.lower(), known)
    return WrongUse(
        "no_such_check",
        f"There is no check {typed!r}.",
        why="" if nearest else f"families of checks: {', '.join(FAMILIES)}",
        fix=nearest or "smctl doctor",
    )
