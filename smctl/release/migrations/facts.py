"""What smctl_reader found out in the two trees, as values. Keys of migrations are "app.name"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeVar

Tables = Mapping[str, "Table"]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Column:
    """type: PostgreSQL's. check: what the type itself demands, as SQL. default: the database fills it when an
    INSERT leaves it out. fills: it can be added to a table with rows. refers: TABLE.COLUMN of its foreign
    key.
    """

    field: str
    type: str
    check: str
    collation: str
    null: bool
    unique: bool
    generated: bool
    default: bool
    fills: bool
    refers: str

    @property
    def holds(self) -> str:
        """The table of whose rows it keeps those that it refers to; empty where it is no foreign key."""
        return self.refers.rpartition(".")[0]


@dataclass(frozen=True)
class Constraint:
    """digest: equal for equal constraints whatever their names. partial: with a condition or expressions.
    leaves: a check that is nothing but AND of (column, lookup, value); None for any other.
    """

    kind: Literal["unique", "check", "exclusion", "foreign key", "policy", "other"]
    type: str
    columns: tuple[str, ...]
    partial: bool
    nulls_distinct: bool
    leaves: tuple[tuple[str, str, Any], ...] | None
    digest: str


@dataclass(frozen=True)
class Table:
    model: str
    columns: Mapping[str, Column]
    constraints: Mapping[str, Constraint]
    together: tuple[tuple[str, ...], ...]
    indexes: tuple[str, ...]

    @property
    def keys(self) -> set[frozenset[str]]:
        """The sets of columns that are unique in every row."""
        found = {frozenset([name]) for name, column in self.columns.items() if column.unique}
        found |= {frozenset(columns) for columns in self.together}
        return found | {
            frozenset(item.columns)
            for item in self.constraints.values()
            if item.kind == "unique" and not item.partial
        }


@dataclass(frozen=True)
class Operation:
    """kind: Django's operation whose effect it has, empty where nobody knows. forwards: the statements of a
    RunSQL; None for Python that does something. reverse: of RunSQL and RunPython.
    """

    kind: str
    type: str
    text: str
    reversible: bool
    before: Tables
    after: Tables
    forwards: tuple[str, ...] | None = None
    reverse: Literal["none", "noop", "real"] = "real"


@dataclass(frozen=True)
class WayBack:
    """`migrate APP TARGET`, and the migrations that it takes back, in its order."""

    target: str
    undoes: tuple[str, ...]


@dataclass(frozen=True)
class OnDisk:
    key: str
    replaces: tuple[str, ...]
    digest: str

    @property
    def app(self) -> str:
        return self.key.partition(".")[0]


@dataclass(frozen=True)
class Pending:
    """A migration that the newer code would run. ends_with: the tables that it touched, as it
    leaves them."""

    key: str
    declared: str
    operations: tuple[Operation, ...]
    ends_with: Tables
    ways_back: tuple[WayBack, ...]

    @property
    def app(self) -> str:
        return self.key.partition(".")[0]


@dataclass(frozen=True)
class Older:
    migrations: Mapping[str, OnDisk]
    tables: Tables

    @property
    def apps(self) -> set[str]:
        """Those that have a migration or a model."""
        modelled = {table.model.partition(".")[0] for table in self.tables.values()}
        return modelled | {item.app for item in self.migrations.values()}

    @property
    def applied(self) -> set[str]:
        """What a database has recorded once this code has migrated it: of a squash its parts as well."""
        return {*self.migrations, *(key for item in self.migrations.values() for key in item.replaces)}


@dataclass(frozen=True)
class Newer:
    """inconsistent: pairs (applied, its dependency that is not), over which `migrate` refuses to run."""

    migrations: Mapping[str, OnDisk]
    apps: frozenset[str]
    plan: tuple[Pending, ...]
    inconsistent: tuple[tuple[str, str], ...]
    half_squashed: tuple[str, ...]


def older(document: Mapping[str, Any]) -> Older:
    return Older(_on_disk(document), _tables(document["tables"]))


def newer(document: Mapping[str, Any]) -> Newer:
    return Newer(
        migrations=_on_disk(document),
        apps=frozenset(document["apps"]),
        plan=tuple(map(_pending, document["plan"])),
        inconsistent=tuple((child, parent) for child, parent in document["inconsistent"]),
        half_squashed=tuple(document["half_squashed"]),
    )


def _on_disk(document: Mapping[str, Any]) -> dict[str, OnDisk]:
    found = [
        OnDisk(_key(item["key"]), tuple(map(_key, item["replaces"])), item["digest"])
        for item in document["migrations"]
    ]
    return {item.key: item for item in found}


def _pending(document: Mapping[str, Any]) -> Pending:
    return Pending(
        key=_key(document["key"]),
        declared=document["declared"],
        operations=tuple(map(_operation, document["operations"])),
        ends_with=_tables(document["ends_with"]),
        ways_back=tuple(
            WayBack(item["target"], tuple(map(_key, item["undoes"]))) for item in document["ways_back"]
        ),
    )


def _operation(document: Mapping[str, Any]) -> Operation:
    forwards = document.get("forwards")
    return Operation(
        kind=document["kind"],
        type=document["class"],
        text=document["text"],
        reversible=document["reversible"],
        before=_tables(document["before"]),
        after=_tables(document["after"]),
        forwards=None if forwards is None else tuple(forwards),
        reverse=document.get("reverse", "real"),
    )


def _tables(document: Mapping[str, Any]) -> dict[str, Table]:
    return {name: _table(item) for name, item in document.items()}


def _table(document: Mapping[str, Any]) -> Table:
    return Table(
        model=document["model"],
        columns={name: _filled(Column, item) for name, item in document["columns"].items()},
        constraints={name: _constraint(item) for name, item in document["constraints"].items()},
        together=tuple(map(tuple, document["together"])),
        indexes=tuple(document["indexes"]),
    )


def _constraint(document: Mapping[str, Any]) -> Constraint:
    leaves = document["leaves"]
    return Constraint(
        kind=document["kind"],
        type=document["class"],
        columns=tuple(document["columns"]),
        partial=document["partial"],
        nulls_distinct=document["nulls_distinct"],
        leaves=None if leaves is None else tuple((column, lookup, value) for column, lookup, value in leaves),
        digest=document["digest"],
    )


def _filled(kind: type[Value], document: Mapping[str, Any]) -> Value:
    return kind(**{field.name: document[field.name] for field in fields(kind)})  # type: ignore[arg-type]


def _key(words: tuple[str, str]) -> str:
    return ".".join(words)
