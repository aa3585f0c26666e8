"""SQL of a few common shapes, one action a statement. Whatever else there is, nobody can tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from smctl.release.migrations.facts import Column, Table, Tables
from smctl.release.migrations.finding import Finding, harmful, harmless

COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
ROWS = re.compile(r"(update|insert|delete|merge|with)\b", re.IGNORECASE)
SHOWN = 70  # characters of a statement in a message
NAME = r'(?:"?\w+"?\.)?"?(?P<{}>\w+)"?'
TABLE, COLUMN = NAME.format("table"), NAME.format("column")
ALTER = rf"alter table (?:if exists )?(?:only )?{TABLE} "
ALTER_ANY = r"alter table (?:if exists )?(?:only )?\S+ "

UNSEEN = re.compile(
    r"(?:create index|create extension|create sequence|create type|create statistics|comment on|analyze"
    r"|vacuum|reindex|set|reset)\b.*"
    rf"|{ALTER_ANY}validate constraint\b[^,]*"
    rf"|{ALTER_ANY}alter (?:column )?\S+ (?:set default|drop not null|set statistics)\b[^,]*"
)
# What makes a new column more than a column.
DEMANDING = re.compile(r"\b(?:unique|check|references|primary|exclude|generated)\b")


def changes_rows(statement: str) -> bool:
    return bool(ROWS.match(_plain(statement)))


def shortened(statement: str) -> str:
    text = _plain(statement)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def finding(statement: str, known: Tables) -> Finding | None:
    """What it means to code that knows these tables; None where its shape is not one of those below."""
    text = _plain(statement).lower()
    if ";" in text:
        return None
    known = {name.lower(): _lowered(table) for name, table in known.items()}
    if UNSEEN.fullmatch(text):
        return harmless("it changes nothing that the older code could notice")
    for pattern, rule in SHAPES:
        match = pattern.fullmatch(text)
        if match:
            return rule(match, known)
    return None


def _plain(statement: str) -> str:
    return " ".join(COMMENT.sub(" ", statement).split()).rstrip("; ")


def _lowered(table: Table) -> Table:
    """Its names as in a statement that was lowered: rather too much is known than too little."""
    return replace(
        table,
        columns={name.lower(): column for name, column in table.columns.items()},
        constraints={name.lower(): item for name, item in table.constraints.items()},
        indexes=tuple(name.lower() for name in table.indexes),
    )


def _create_table(match: re.Match[str], known: Tables) -> Finding | None:
    name = match["table"]
    return (
        None
        if name in known
        else harmless(f"the older code does not know the new table {name}", loses=_rows(name))
    )


def _drop_table(match: re.Match[str], known: Tables) -> Finding:
    name = match["table"]
    if name not in known:
        return harmless(f"the older code does not know the table {name} any more")
    return harmful(
        f"the older code asks for the table {name}, which is dropped", loses=_rows(name), certain=True
    )


def _rename_table(match: re.Match[str], known: Tables) -> Finding:
    name = match["table"]
    if name not in known:
        return harmless(f"the older code does not know the table {name}")
    return harmful(f"the older code asks for the table {name}, which is renamed", certain=True)


def _add_column(match: re.Match[str], known: Tables) -> Finding | None:
    where, theirs = _where(match), known.get(match["table"])
    demands = match["rest"]
    if theirs is None or match["column"] in theirs.columns:
        return harmless(f"the older code does not leave out {where}", loses=f"the values of {where}")
    if DEMANDING.search(demands):
        return None
    if re.search(r"\bnot null\b", demands) and not re.search(r"\bdefault\b|^(?:big|small)?serial\b", demands):
        return harmful(
            f"an INSERT of the older code leaves out {where}, which takes no NULL and has no default",
            loses=f"the values of {where}",
            certain=True,
        )
    return harmless(f"what the older code leaves out of {where} is filled", loses=f"the values of {where}")


def _lost_column(match: re.Match[str], known: Tables) -> Finding:
    where = _where(match)
    if match["column"] not in _columns(match, known):
        return harmless(f"the older code does not know {where} any more")
    return harmful(
        f"the older code asks for {where}, which is dropped or renamed",
        loses=f"the values of {where}, where they are not under another name",
        certain=True,
    )


def _set_not_null(match: re.Match[str], known: Tables) -> Finding | None:
    where, column = _where(match), _columns(match, known).get(match["column"])
    if match["table"] not in known:
        return harmless(f"the older code does not know the table {match['table']}")
    if column is None:
        return None
    if column.null:
        return harmful(f"the older code may write NULL into {where}, which takes none any more")
    return harmless(f"the older code never writes NULL into {where}")


def _add_constraint(match: re.Match[str], known: Tables) -> Finding:
    table = known.get(match["table"])
    if table is None:
        return harmless(f"the older code does not know the table {match['table']}")
    return harmful(f"the older code may write what {match['label']} refuses")


def _drop_constraint(match: re.Match[str], known: Tables) -> Finding | None:
    table = known.get(match["table"])
    if table is None:
        return harmless(f"the older code does not know the table {match['table']}")
    theirs = table.constraints.get(match["label"])
    if theirs is not None and theirs.kind in ("check", "exclusion", "foreign key"):
        return harmless(f"the older code heeds {match['label']}, whether it is there or not")
    return None


def _drop_index(match: re.Match[str], known: Tables) -> Finding | None:
    if any(match["table"] in table.indexes for table in known.values()):
        return harmless("an index that is gone makes queries slower, and fails none")
    return None


def _columns(match: re.Match[str], known: Tables) -> Mapping[str, Column]:
    table = known.get(match["table"])
    return table.columns if table else {}


def _where(match: re.Match[str]) -> str:
    return f"{match['table']}.{match['column']}"


def _rows(name: str) -> str:
    return f"all rows of {name}"


Rule = Callable[["re.Match[str]", Tables], Finding | None]
SHAPES: tuple[tuple[re.Pattern[str], Rule], ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (rf"create (?:unlogged )?table (?:if not exists )?{TABLE} ?\(.*", _create_table),
        (rf"drop table (?:if exists )?{TABLE}", _drop_table),
        (rf"{ALTER}rename to \S+", _rename_table),
        (rf"{ALTER}add column (?:if not exists )?{COLUMN} (?P<rest>(?:[^,(]|\([^()]*\))+)", _add_column),
        (rf"{ALTER}drop column (?:if exists )?{COLUMN}", _lost_column),
        (rf"{ALTER}rename (?:column )?{COLUMN} to \S+", _lost_column),
        (rf"{ALTER}alter (?:column )?{COLUMN} set not null", _set_not_null),
        (rf"{ALTER}add constraint {NAME.format('label')} .*", _add_constraint),
        (rf"{ALTER}drop constraint (?:if exists )?{NAME.format('label')}", _drop_constraint),
        (rf"drop index (?:concurrently )?(?:if exists )?{TABLE}", _drop_index),
    )
)
