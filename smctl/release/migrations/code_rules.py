"""What RunPython, RunSQL and operations that nobody knows mean to the older code."""

from __future__ import annotations

from collections.abc import Iterator

from smctl.release.migrations import statements
from smctl.release.migrations.facts import Operation, Tables
from smctl.release.migrations.finding import Finding, harmful, harmless

NO_WAY_BACK = "it has no way back"
IN_VAIN = "its way back does nothing"


def python(operation: Operation, app_is_new: bool) -> Finding:
    """app_is_new: the older code does not have the migration's app at all."""
    if operation.forwards == ():
        return harmless("its function does nothing", stuck=_irreversible(operation))
    if operation.reverse == "noop":
        return harmless(
            "its author says by a reverse function that does nothing that there is nothing to undo"
        )
    if app_is_new:
        return harmless(
            "the older code does not have its app",
            caution="nobody can tell whether its function changes rows of other apps",
            stuck=_irreversible(operation),
        )
    return harmful(
        "nobody can tell what its function makes of the older code's rows",
        loses="what its reverse function does not bring back",
        stuck=_irreversible(operation),
    )


def sql(operation: Operation, known: Tables) -> Iterator[Finding]:
    """Statements of known shapes by what they do; where others change rows and the way back does nothing,
    that is taken for the author's word, as it is with Python.
    """
    if not operation.forwards:
        yield harmless("it has no SQL", stuck=_irreversible(operation))
    for statement in operation.forwards or ():
        found = statements.finding(statement, known)
        if found is None and operation.reverse == "noop" and statements.changes_rows(statement):
            yield harmless("its author says by a reverse that does nothing that there is nothing to undo")
        elif found is None:
            yield harmful(
                f"nobody can tell what this means to the older code: {statements.shortened(statement)}",
                loses="what its reverse SQL does not bring back",
                stuck=_in_vain(operation),
            )
        elif found.verdict != "harmless":
            yield harmful(found.reason, loses=found.loses, stuck=_in_vain(operation), certain=found.certain)
        else:
            yield harmless(found.reason, loses=found.loses, stuck=_irreversible(operation))


def unknown(operation: Operation) -> Finding:
    return harmful(
        f"nobody can tell what {operation.type} does to the database: it is no operation of Django's",
        loses="what its way back does not bring back",
        stuck=_irreversible(operation),
    )


def _irreversible(operation: Operation) -> str:
    return "" if operation.reversible else NO_WAY_BACK


def _in_vain(operation: Operation) -> str:
    return IN_VAIN if operation.reverse == "noop" else _irreversible(operation)
