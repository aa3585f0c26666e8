"""What a new, changed or dropped column means to code that leaves it out, or still names it."""

from __future__ import annotations

from collections.abc import Iterator

from smctl.release.migrations.column_types import widens
from smctl.release.migrations.facts import Column
from smctl.release.migrations.finding import Finding, harmful, harmless


def made(where: str, column: Column, is_known: bool, stays: bool, *, values_lost: bool = True) -> Finding:
    """A column that the older code's INSERT leaves out. stays: the same migration does not drop it again."""
    loses = f"the values of {where}" if values_lost else ""
    if is_known:
        return harmless(f"the older code knows {where}", loses=loses)
    if not stays:
        return harmless(f"{where} is gone again when the migration ends")
    if column.unique and column.default:
        return harmful(
            f"every INSERT of the older code puts the same value into {where}, which is unique", loses=loses
        )
    if not (column.null or column.default):
        return harmful(
            f"an INSERT of the older code leaves out {where}, which takes no NULL and has no default in the "
            "database",
            loses=loses,
            certain=True,
        )
    filled = "a default of the database" if column.default else "NULL"
    caution = f"the older code cannot delete a row of {column.holds} that {where} refers to"
    return harmless(
        f"what the older code leaves out of {where} becomes {filled}",
        loses=loses,
        caution=caution if column.refers else "",
    )


def gone(where: str, column: Column, theirs: Column | None, at_end: Column | None) -> Finding:
    """theirs: the column as the older code knows it. at_end: as the migration leaves it."""
    stuck = "" if column.fills else not_refilled(where.partition(".")[0], column)
    if column.unique and not column.null and not stuck:
        stuck = f"{where} is unique, and every row would get the same value"
    if theirs is None:
        return harmless(f"the older code does not know {where} any more", stuck=stuck)
    if at_end == column:
        return harmless(
            f"{where} is made again by the same migration", caution=f"the values of {where} are gone"
        )
    return harmful(
        f"the older code asks for {where}, which is dropped",
        loses=f"the values of {where} are gone already; it comes back with its default",
        stuck=stuck,
        certain=True,
    )


def not_refilled(table: str, column: Column) -> str:
    return f"{table}.{column.field} takes no NULL and has no default, so it cannot be put back into rows"


def changed(where: str, before: Column, after: Column, theirs: Column) -> Iterator[Finding]:
    """theirs: the column as the older code knows it."""
    if before.null != after.null:
        yield _null(where, after, theirs)
    if before.type != after.type:
        yield _type(where, after, theirs)
    if before.check != after.check:
        yield _check(where, after, theirs)
    if before.default and not after.default and theirs.default:
        yield harmful(f"the older code leaves {where} to a default that is gone", certain=not after.null)
    if before.collation != after.collation and after.collation != theirs.collation:
        yield harmful(f"{where} compares and sorts by another collation")
    if after.generated != theirs.generated:
        yield harmful(f"the older code writes {where}, which the database now works out itself", certain=True)
    if before.refers != after.refers and after.refers not in ("", theirs.refers):
        yield harmful(f"the older code may write into {where} what {after.holds} does not have")


def _null(where: str, after: Column, theirs: Column) -> Finding:
    if after.null:
        if theirs.null:
            return harmless(f"the older code knows that {where} may be NULL")
        return harmless(
            f"the older code never writes NULL into {where}",
            loses=f"nothing, but it fails, with nothing changed, while {where} has a NULL",
            caution=f"the older code reads None where the newer one has written NULL into {where}",
        )
    if theirs.null:
        return harmful(
            f"the older code may write NULL into {where}, which takes none any more",
            loses=f"nothing, but what was NULL in {where} stays filled",
        )
    return harmless(f"the older code never writes NULL into {where}")


def _type(where: str, after: Column, theirs: Column) -> Finding:
    there, back = widens(theirs.type, after.type), widens(after.type, theirs.type)
    loses = (
        ""
        if back
        else f"nothing, but it fails, with nothing changed, where {where} does not fit {theirs.type}"
    )
    if not there:
        return harmful(f"{where} is {after.type}, and the older code takes it for {theirs.type}", loses=loses)
    caution = "" if back else f"the older code may read more from {where} than {theirs.type} holds"
    return harmless(f"{where} as {after.type} takes every {theirs.type}", loses=loses, caution=caution)


def _check(where: str, after: Column, theirs: Column) -> Finding:
    if after.check in ("", theirs.check):
        return harmless(f"what {where} demands is what the older code heeds, or less")
    return harmful(f"the older code may write what {after.check} refuses")
