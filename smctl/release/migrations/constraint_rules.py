"""What a new or dropped constraint means to code that does not heed it, or relies on it."""

from __future__ import annotations

from collections.abc import Iterator

from smctl.release.migrations.facts import Constraint, Table
from smctl.release.migrations.finding import Finding, harmful, harmless

# Lookups that are NULL, and so let a row pass, where the column is NULL.
STRICT = {
    "exact",
    "iexact",
    "in",
    "gt",
    "gte",
    "lt",
    "lte",
    "range",
    "startswith",
    "endswith",
    "contains",
    "regex",
}


def findings(name: str, before: Table, after: Table, known: Table, end: Table) -> Iterator[Finding]:
    """name: of the table. known: as the older code has it. end: as the migration leaves it."""
    for label, item in before.constraints.items():
        if after.constraints.get(label) != item:
            yield gone(name, label, known, end)
    for label, item in after.constraints.items():
        if before.constraints.get(label) != item:
            yield made(name, label, item, known, end)
    for columns in set(before.together) - set(after.together):
        yield key_gone(name, frozenset(columns), known, end)
    for columns in set(after.together) - set(before.together):
        yield key_made(name, frozenset(columns), known)


def gone(name: str, label: str, known: Table, end: Table) -> Finding:
    theirs = known.constraints.get(label)
    if theirs is None:
        return harmless(f"the older code does not know the constraint {label}")
    if any(item.digest == theirs.digest for item in end.constraints.values()):
        return harmless(f"the constraint {label} is there under another name")
    if theirs.kind == "unique":
        if theirs.partial:
            return harmful(
                f"an upsert of the older code may name {label}, which is dropped", loses=_rivals(name)
            )
        return key_gone(name, frozenset(theirs.columns), known, end)
    if theirs.kind in ("policy", "other"):
        return harmful(f"the older code may rely on {label} ({theirs.type}), which is dropped")
    return harmless(
        f"the older code heeds {label}, whether it is there or not",
        loses=f"nothing, but it fails, with nothing changed, where a row violates {label}",
        caution=f"the older code may meet rows that violate {label}",
    )


def key_gone(name: str, columns: frozenset[str], known: Table, end: Table) -> Finding:
    shown = ", ".join(sorted(columns))
    if columns not in known.keys or columns in end.keys:
        return harmless(f"what the older code knows to be unique in {name} ({shown}) is so still")
    return harmful(
        f"upserts of the older code fail, and others may find two rows: {name} ({shown}) is not unique now",
        loses=_rivals(name),
    )


def _rivals(name: str) -> str:
    return f"nothing, but it fails, with nothing changed, where {name} has rows alike by now"


def key_made(name: str, columns: frozenset[str], known: Table) -> Finding:
    shown = ", ".join(sorted(columns))
    if any(key <= columns for key in known.keys):
        return harmless(f"the older code's own keys make {name} ({shown}) unique")
    return harmful(f"the older code may write rows alike in {shown} into {name}, which has become unique")


def made(name: str, label: str, item: Constraint, known: Table, end: Table) -> Finding:
    if label not in end.constraints:
        return harmless(f"the constraint {label} is gone again when the migration ends")
    if any(theirs.digest == item.digest for theirs in known.constraints.values()):
        return harmless(f"the older code heeds the same as {label}")
    if item.kind == "unique":
        if _null_in(item, known, end) and not item.partial and item.nulls_distinct:
            return harmless(f"the older code leaves NULL in {label}, and NULL is like nothing else")
        if not item.partial and item.nulls_distinct:
            return key_made(name, frozenset(item.columns), known)
    if item.kind == "check" and (_passes_by_null(item, known, end) or _implied(item, known)):
        return harmless(f"all that the older code can write passes {label}")
    if item.kind == "foreign key" and _null_in(item, known, end):
        return harmless(f"the older code leaves NULL in {label}, and NULL refers to nothing")
    return harmful(f"the older code may write into {name} what {label} ({item.kind}) refuses")


def _null_in(item: Constraint, known: Table, end: Table) -> bool:
    """Whether the older code leaves one of its columns out, and so NULL."""
    return any(_left_null(column, known, end) for column in item.columns)


def _left_null(column: str, known: Table, end: Table) -> bool:
    new = end.columns.get(column)
    return column not in known.columns and new is not None and new.null and not new.default


def _passes_by_null(item: Constraint, known: Table, end: Table) -> bool:
    return item.leaves is not None and all(
        lookup in STRICT and value is not None and _left_null(column, known, end)
        for column, lookup, value in item.leaves
    )


def _implied(item: Constraint, known: Table) -> bool:
    """Whether each part of a check follows from a check that the older code heeds."""
    theirs = [leaf for other in known.constraints.values() for leaf in other.leaves or ()]
    return item.leaves is not None and all(any(_follows(leaf, one) for one in theirs) for leaf in item.leaves)


def _follows(leaf: tuple[str, str, object], given: tuple[str, str, object]) -> bool:
    (column, lookup, value), (other, same, old) = leaf, given
    if (column, lookup) != (other, same):
        return False
    if isinstance(value, list | tuple) and isinstance(old, list | tuple):
        return lookup == "in" and all(one in value for one in old)
    if isinstance(value, int | float) and isinstance(old, int | float):
        return (
            old >= value
            if lookup in ("gt", "gte")
            else old <= value if lookup in ("lt", "lte") else old == value
        )
    return value == old
