"""smctl.toml as typed, validated values.

Reading is tomllib's; typing is ours rather than a library's, because every command pays for the import
(msgspec 35 ms, pydantic 110 ms, of a budget of 80 ms) and because an error has to name the line.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smctl.errors import WrongUse

FILE_NAME = "smctl.toml"

# A rule returns what is allowed, in words, when it does not accept the value; None when it does.
Rule = Callable[[object], str | None]


def one_of(*allowed: str) -> Rule:
    words = ", ".join(f'"{value}"' for value in allowed)
    return lambda value: None if value in allowed else f"one of {words}"


def integer(low: int, high: int) -> Rule:
    def rule(value: object) -> str | None:
        fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return None if fits else f"a whole number from {low} to {high}"

    return rule


def text(pattern: str, words: str) -> Rule:
    def rule(value: object) -> str | None:
        return None if isinstance(value, str) and re.fullmatch(pattern, value) else words

    return rule


def boolean(value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def setting(default: Any, rule: Rule) -> Any:
    return field(default=default, metadata={"rule": rule})


PORT = integer(1, 65535)
# The name is a Python package, a PostgreSQL database, a compose project and part of an image's name.
NAME = text("[a-z][a-z0-9_]{0,30}", "lower-case letters, digits and _, a letter first, at most 31 characters")


@dataclass(frozen=True)
class ProjectTable:
    name: str = field(metadata={"rule": NAME})


@dataclass(frozen=True)
class StackTable:
    python: str = setting("3.11", one_of("3.11", "3.12", "3.13", "3.14"))
    django: str = setting("5.2", one_of("5.2", "4.2"))
    postgres: str = setting("18", one_of("14", "15", "16", "17", "18"))
    redis: str = setting("7", one_of("7", "8"))
    node: str = setting("24", one_of("20", "22", "24"))


@dataclass(frozen=True)
class PortsTable:
    web: int = setting(8000, PORT)
    db: int = setting(5432, PORT)
    redis: int = setting(6379, PORT)
    frontend: int = setting(5173, PORT)

    def as_dict(self) -> dict[str, int]:
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class DevTable:
    engine: str = setting("auto", one_of("auto", "docker", "embedded"))
    seed_users: int = setting(1, integer(0, 10_000))
    frontend: bool = setting(True, boolean)
    ports: PortsTable = field(default_factory=PortsTable)


@dataclass(frozen=True)
class DeployTable:
    target: str = setting("render", one_of("render"))
    branch: str = setting("main", text(r"[\w./-]+", "the name of a git branch"))
    image: str = setting(
        "ghcr.io/OWNER/smartmarket", text(r"[\w.-]+(:\d+)?(/[\w.-]+)+", "an image name without a tag")
    )
    url: str = setting("https://smartmarket-api.onrender.com", text(r"https?://[^\s/]+/?", "an http(s) URL"))


@dataclass(frozen=True)
class Config:
    project: ProjectTable
    stack: StackTable = field(default_factory=StackTable)
    dev: DevTable = field(default_factory=DevTable)
    deploy: DeployTable = field(default_factory=DeployTable)

    def as_document(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


TABLES: dict[str, type[Any]] = {
    "": Config,
    "project": ProjectTable,
    "stack": StackTable,
    "dev": DevTable,
    "dev.ports": PortsTable,
    "deploy": DeployTable,
}


def load(path: Path) -> Config:
    """Read and check smctl.toml. Raises WrongUse with file, line, key, what is allowed and the nearest
    match.
    """
    try:
        source = path.read_text(encoding="utf-8")
        tables = tomllib.loads(source)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUse(
            "config_syntax", f"{path.name} is not valid TOML: {error}.", why=str(path), fix=f"edit {path}"
        ) from error
    config: Config = _Reader(path, source).table("", tables)
    _refuse_shared_ports(path, source, config.dev.ports)
    return config


@dataclass(frozen=True)
class _Reader:
    path: Path
    source: str

    def table(self, name: str, values: dict[str, Any]) -> Any:
        kind = TABLES[name]
        fields = {item.name: item for item in dataclasses.fields(kind)}
        accepted: dict[str, Any] = {}
        for key, value in values.items():
            if key not in fields:
                raise self.unknown_key(name, key, list(fields))
            accepted[key] = self.value(name, key, value, fields[key].metadata.get("rule"))
        missing = [item.name for item in fields.values() if _required(item) and item.name not in accepted]
        if missing:
            raise WrongUse(
                "config_missing_key",
                f"{self.path.name}: {_dotted(name, missing[0])} is missing.",
                why=f"in {self.path}",
                fix=f'add [{name or missing[0]}] with {missing[0] if name else "name"} = "…"',
            )
        return kind(**accepted)

    def value(self, table: str, key: str, value: Any, rule: Rule | None) -> Any:
        dotted = _dotted(table, key)
        if rule is None:
            if not isinstance(value, dict):
                raise self.wrong_value(table, key, value, "a table")
            return self.table(dotted, value)
        allowed = rule(value)
        if allowed is not None:
            raise self.wrong_value(table, key, value, allowed)
        return value

    def unknown_key(self, table: str, key: str, known: list[str]) -> WrongUse:
        nearest = difflib.get_close_matches(key, known, n=1)
        where = f"[{table}]" if table else "the file"
        return WrongUse(
            "config_unknown_key",
            f'{self.path.name} line {line_of(self.source, table, key)}: unknown key "{_dotted(table, key)}".',
            why=f"{where} may have: {', '.join(known)}",
            fix=f'did you mean "{nearest[0]}"?' if nearest else f'remove "{key}" from {self.path}',
        )

    def wrong_value(self, table: str, key: str, value: object, allowed: str) -> WrongUse:
        shown = f'"{value}"' if isinstance(value, str) else str(value)
        return WrongUse(
            "config_wrong_value",
            f"{self.path.name} line {line_of(self.source, table, key)}: "
            f"{_dotted(table, key)} = {shown} is not possible.",
            why=f"allowed: {allowed}",
            fix=f"edit {_dotted(table, key)} in {self.path}",
        )


def line_of(source: str, table: str, key: str) -> int:
    """The line of a key (from 1); of its table, or of an inline table's key, where it has no line of its
    own.
    """
    current, table_line = "", 1
    parent, _, last = table.rpartition(".")
    for number, line in enumerate(source.splitlines(), start=1):
        header = re.match(r"\s*\[\s*([\w.-]+)\s*\]", line)
        if header:
            current = header.group(1)
            if current == table or current == _dotted(table, key):
                table_line = number
            if current == _dotted(table, key):
                return number
        elif current == table and re.match(rf'\s*"?{re.escape(key)}"?\s*[=.]', line):
            return number
        elif last and current == parent and re.match(rf"\s*{re.escape(last)}\s*[=.]", line):
            return number
    return table_line


def _required(item: dataclasses.Field[Any]) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING


def _dotted(table: str, key: str) -> str:
    return f"{table}.{key}" if table else key


def _refuse_shared_ports(path: Path, source: str, ports: PortsTable) -> None:
    seen: dict[int, str] = {}
    for service, port in ports.as_dict().items():
        if port in seen:
            raise WrongUse(
                "config_wrong_value",
                f"{path.name} line {line_of(source, 'dev.ports', service)}: "
                f"dev.ports.{service} and dev.ports.{seen[port]} are both {port}.",
                why="every service needs a port of its own",
                fix=f"edit dev.ports in {path}",
            )
        seen[port] = service
