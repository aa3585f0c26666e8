"""TOML tables as typed values: a frozen dataclass for each table, a rule for each key, errors that name the
line.

Reading is tomllib's; typing is ours rather than a library's, because every command pays for the import
(msgspec 35 ms, pydantic 110 ms, of a budget of 80 ms) and because an error has to name the line.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smctl.errors import WrongUse, did_you_mean


@dataclass(frozen=True)
class Rule:
    """words: what is allowed. values: each of it, where it can be listed."""

    accepts: Callable[[object], bool]
    words: str
    values: tuple[str, ...] = ()


def one_of(*allowed: str) -> Rule:
    words = ", ".join(f'"{value}"' for value in allowed)
    return Rule(lambda value: value in allowed, f"one of {words}", allowed)


def integer(low: int, high: int) -> Rule:
    return Rule(
        lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high,
        f"a whole number from {low} to {high}",
    )


def text(pattern: str, words: str, *, but: Container[str] = ()) -> Rule:
    """A text of this pattern that is none of `but`."""
    return Rule(
        lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value)) and value not in but,
        words,
    )


BOOLEAN = Rule(lambda value: isinstance(value, bool), "true or false")
TABLE = Rule(lambda value: isinstance(value, dict), "a table")


def setting(rule: Rule, default: Any = dataclasses.MISSING) -> Any:
    """A key of a table; one without a default has to be there."""
    return field(default=default, metadata={"rule": rule})


def read(path: Path, kinds: Mapping[str, type[Any]]) -> Any:
    """The file as the dataclass of "", those of its tables inside. kinds: by dotted name.

    Raises WrongUse with file, line, key, what is allowed and the nearest match.
    """
    source = _source(path)
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else len(source.splitlines())
        raise _not_readable(path, line, f"not valid TOML: {error}") from error
    return _Reader(path, source, kinds).table("", tables)


def where(path: Path, source: str, table: str, key: str) -> str:
    """How an error begins that is about one key."""
    return f"{path.name} line {line_of(source, table, key)}:"


def line_of(source: str, table: str, key: str) -> int:
    """The line of a key, from 1; where it has none of its own, that of the innermost table around it."""
    target, header = dotted(table, key).split("."), list[str]()
    nearest, line_found = 0, 1
    for number, line in enumerate(source.splitlines(), start=1):
        if match := re.match(r"\s*\[{1,2}([^\[\]#]+)\]", line):
            here = header = _parts(match[1])
        elif match := re.match(r"\s*([\w\s.\"'-]+?)\s*=", line):
            here = header + _parts(match[1])
        else:
            continue
        shared = min(len(here), len(target))
        if here[:shared] == target[:shared] and shared > nearest:
            nearest, line_found = shared, number
    return line_found


def dotted(table: str, key: str) -> str:
    return f"{table}.{key}" if table else key


def _parts(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]


def _source(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")  # with the mark that some editors on Windows put first
    except UnicodeDecodeError as error:
        raise _not_readable(path, content[: error.start].count(b"\n") + 1, "not UTF-8") from error


def _not_readable(path: Path, line: int, words: str) -> WrongUse:
    return WrongUse("config_syntax", f"{path.name} line {line}: {words}.", why=str(path), fix=f"edit {path}")


@dataclass(frozen=True)
class _Reader:
    path: Path
    source: str
    kinds: Mapping[str, type[Any]]

    def table(self, name: str, values: dict[str, Any]) -> Any:
        fields = {item.name: item for item in dataclasses.fields(self.kinds[name])}
        for key in values:
            if key not in fields:
                raise self.unknown_key(name, key, list(fields))
        return self.kinds[name](
            **{
                key: self.value(name, item, values.get(key))
                for key, item in fields.items()
                if key in values or _is_required(item)
            }
        )

    def value(self, table: str, item: dataclasses.Field[Any], value: Any) -> Any:
        """value: None where the file has none, which TOML cannot say itself."""
        rule: Rule = item.metadata.get("rule", TABLE)
        if value is None and rule is not TABLE:
            raise self.missing_key(table, item.name, rule)
        if value is not None and not rule.accepts(value):
            raise self.wrong_value(table, item.name, value, rule)
        return self.table(dotted(table, item.name), value or {}) if rule is TABLE else value

    def unknown_key(self, table: str, key: str, known: list[str]) -> WrongUse:
        scope = f"[{table}]" if table else "the file"
        return WrongUse(
            "config_unknown_key",
            f'{self.where(table, key)} unknown key "{dotted(table, key)}".',
            why=f"{scope} may have: {', '.join(known)}",
            fix=did_you_mean(key, known) or f'remove "{key}" from {self.path}',
        )

    def missing_key(self, table: str, key: str, rule: Rule) -> WrongUse:
        return WrongUse(
            "config_missing_key",
            f"{self.where(table, key)} {dotted(table, key)} is missing.",
            why=f"allowed: {rule.words}",
            fix=f'add [{table}] with {key} = "…" to {self.path}',
        )

    def wrong_value(self, table: str, key: str, value: object, rule: Rule) -> WrongUse:
        return WrongUse(
            "config_wrong_value",
            f"{self.where(table, key)} {dotted(table, key)} = {_as_toml(value)} is not possible.",
            why=f"allowed: {rule.words}",
            fix=did_you_mean(str(value), rule.values) or f"edit {dotted(table, key)} in {self.path}",
        )

    def where(self, table: str, key: str) -> str:
        return where(self.path, self.source, table, key)


def _is_required(item: dataclasses.Field[Any]) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
