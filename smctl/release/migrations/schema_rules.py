"""What a change of tables means to the older code: each rule looks at the tables that its models know."""

from __future__ import annotations

from collections.abc import Iterator

from smctl.release.migrations import column_rules, constraint_rules
from smctl.release.migrations.facts import Column, Operation, Table, Tables
from smctl.release.migrations.finding import Finding, harmful, harmless

# What goes away in one of these comes back under another name, with all that is in it.
RENAMING = {"RenameModel", "RenameField", "AlterModelTable", "AlterField"}
# They change what Django knows, and no table.
WITHOUT_EFFECT = {"AlterModelOptions", "AlterModelManagers", "AlterModelTableComment", "AlterConstraint"}
NOTHING = harmless("it changes nothing that the older code could notice")
SAME_TABLE = harmless(
    "the table keeps its name",
    caution="the older code finds no content type, permission or generic relation under the older name",
)


def findings(operation: Operation, known: Tables, end: Tables) -> list[Finding]:
    """known: the older code's tables. end: those that the migration touched, as it leaves them."""
    if operation.kind in WITHOUT_EFFECT:
        return [NOTHING]
    found = [*_tables(operation, known, end), *_within(operation, known, end)]
    return found or [SAME_TABLE if operation.kind == "RenameModel" else NOTHING]


def _tables(operation: Operation, known: Tables, end: Tables) -> Iterator[Finding]:
    before, after = operation.before, operation.after
    for name in before.keys() - after.keys():
        yield _gone(operation, name, known, sorted(after.keys() - before.keys()))
    for name in () if operation.kind in RENAMING else sorted(after.keys() - before.keys()):
        yield _made(name, after[name], known)


def _gone(operation: Operation, name: str, known: Tables, others: list[str]) -> Finding:
    if name not in known:
        return harmless(f"the older code does not know the table {name} any more")
    if operation.kind in RENAMING:
        return harmful(f"the older code asks for the table {name}, now {', '.join(others)}", certain=True)
    return harmful(
        f"the older code asks for the table {name}, which is dropped",
        loses=f"all rows of {name} are gone already; it comes back empty",
        certain=True,
    )


def _made(name: str, table: Table, known: Tables) -> Finding:
    if name in known:
        return harmful(f"the older code has a table {name} of its own", loses=f"all rows of {name}")
    held = sorted({column.holds for column in table.columns.values()} & known.keys())
    return harmless(
        f"the older code does not know the new table {name}",
        loses=f"all rows of {name}",
        caution=(
            f"the older code cannot delete a row of {', '.join(held)} that one of {name} refers to"
            if held
            else ""
        ),
    )


def _within(operation: Operation, known: Tables, end: Tables) -> Iterator[Finding]:
    """The changes within tables that stay."""
    for name in sorted(operation.before.keys() & operation.after.keys()):
        before, after = operation.before[name], operation.after[name]
        if name not in known:
            yield harmless(
                f"the older code does not know the table {name}", stuck=_not_refilled(name, before, after)
            )
            continue
        last = end.get(name, after)
        yield from _columns(operation, name, known[name], last)
        yield from constraint_rules.findings(name, before, after, known[name], last)


def _not_refilled(name: str, before: Table, after: Table) -> str:
    gone = [before.columns[column] for column in before.columns.keys() - after.columns.keys()]
    return next((column_rules.not_refilled(name, column) for column in gone if not column.fills), "")


def _columns(operation: Operation, name: str, known: Table, end: Table) -> Iterator[Finding]:
    before, after = operation.before[name].columns, operation.after[name].columns
    gone, new = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
    renamed = operation.kind in RENAMING
    for column in gone:
        where = f"{name}.{column}"
        yield (
            _renamed(where, column, new, known)
            if renamed
            else column_rules.gone(where, before[column], known.columns.get(column), end.columns.get(column))
        )
    for column in () if renamed else new:
        yield column_rules.made(
            f"{name}.{column}", after[column], column in known.columns, column in end.columns
        )
    for column in sorted(before.keys() & after.keys()):
        if before[column] != after[column]:
            yield from _changed(name, column, before[column], after[column], known, end)


def _renamed(where: str, column: str, new: list[str], known: Table) -> Finding:
    if column not in known.columns:
        return harmless(f"the older code does not know {where}")
    return harmful(f"the older code asks for {where}, now {', '.join(new)}", certain=True)


def _changed(
    name: str, column: str, before: Column, after: Column, known: Table, end: Table
) -> Iterator[Finding]:
    where, theirs = f"{name}.{column}", known.columns.get(column)
    if theirs is None:
        yield column_rules.made(where, after, False, column in end.columns, values_lost=False)
        return
    yield from column_rules.changed(where, before, after, theirs)
    if before.unique != after.unique:
        key = frozenset([column])
        if after.unique:
            yield constraint_rules.key_made(name, key, known)
        else:
            yield constraint_rules.key_gone(name, key, known, end)
