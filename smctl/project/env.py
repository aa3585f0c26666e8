"""`.env`: made from `.env.example` on the first start, never overwritten, completed when a key is new."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smctl.errors import WrongUse
from smctl.project.files import write_atomic

SECRET_MARK = "(secret)"  # in the comment above a key of .env.example: its value is made, not copied
HEADER = "# Values for this machine. Not in git. Made from .env.example by `smctl up`; edit freely.\n"


@dataclass(frozen=True)
class Key:
    """One line of .env.example: its default, the comment above it, and whether its value is made."""

    name: str
    default: str
    comment: str

    @property
    def is_secret(self) -> bool:
        return SECRET_MARK in self.comment


@dataclass(frozen=True)
class Completed:
    """values: all of .env. created: there was none. added: keys that were not in it before."""

    values: Mapping[str, str]
    created: bool
    added: list[str]


def complete(env_file: Path, example: Path) -> Completed:
    """Make .env, or add to it what .env.example has and it lacks. An existing value is never changed.

    A secret that is there but empty counts as lacking. Raises WrongUse where a line is not KEY=VALUE.
    """
    keys = keys_of(example)
    created = not env_file.exists()
    source = HEADER if created else _text(env_file)
    values = parse(source, env_file)
    lacking = [key for key in keys if key.name not in values or (key.is_secret and not values[key.name])]
    if lacking:
        made = {key.name: _new_secret(key.name) if key.is_secret else key.default for key in lacking}
        write_atomic(env_file, _extended(source, lacking, made))
        values |= made
    return Completed(values, created, [key.name for key in lacking])


def keys_of(example: Path) -> list[Key]:
    """The keys of .env.example in their order. Raises WrongUse where there is no such file."""
    if not example.is_file():
        raise WrongUse(
            "env_example_missing",
            f"There is no {example.name} to make .env from.",
            why=f"in {example.parent}",
            fix="smctl render",
        )
    found, comment = list[Key](), list[str]()
    for number, line in enumerate(_text(example).splitlines(), start=1):
        if line.startswith("#"):
            comment.append(line.lstrip("# "))
            continue
        if line.strip():
            name, value = _assignment(line, number, example)
            found.append(Key(name, value, "\n".join(comment)))
        comment = []
    return found


def read(path: Path) -> dict[str, str]:
    """All of a .env. Raises WrongUse where a line is not KEY=VALUE."""
    return parse(_text(path), path)


def put(path: Path, key: Key) -> None:
    """Give a key its default in a .env, in place of what it had; all other lines stay."""
    write_atomic(path, _extended(_text(path), [key], {key.name: key.default}))


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise WrongUse(
            "env_syntax", f"{path.name} line {line} is not UTF-8.", why=f"in {path}", fix=f"edit {path}"
        ) from None


def parse(source: str, path: Path) -> dict[str, str]:
    """KEY=VALUE lines, as Docker Compose reads them: an optional `export`, quotes around the value taken
    off.
    """
    values = {}
    for number, line in enumerate(source.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, value = _assignment(line, number, path)
            values[name] = value
    return values


def _assignment(line: str, number: int, path: Path) -> tuple[str, str]:
    name, equals, value = line.strip().removeprefix("export ").partition("=")
    name = name.strip()
    if not equals or not name.isidentifier():
        # The line itself is not shown: it may be a secret.
        raise WrongUse(
            "env_syntax",
            f"{path.name} line {number} is not KEY=VALUE.",
            why=f"in {path}",
            fix=f"edit {path}, or move it away: `smctl up` makes a new one",
        )
    return name, _value(value.strip())


def _value(written: str) -> str:
    """What stands between the quotes, or before a comment."""
    quoted = re.match(r"""(["'])(.*?)\1\s*(#|$)""", written)
    return quoted[2] if quoted else re.split(r"\s#", written, maxsplit=1)[0].rstrip()


def _extended(source: str, lacking: list[Key], made: Mapping[str, str]) -> str:
    names = {key.name for key in lacking}
    kept = [
        line
        for line in source.splitlines()
        if line.removeprefix("export ").partition("=")[0].strip() not in names
    ]
    for key in lacking:
        if key.comment:
            kept += ["", *(f"# {line}" for line in key.comment.splitlines())]
        kept.append(f"{key.name}={made[key.name]}")
    return "\n".join(kept) + "\n"


def _new_secret(name: str) -> str:
    """256 bits for a key, 64 for a password of this machine that a person may have to type.

    Letters and digits only, so that it is the same in a URL, a shell and a compose file.
    """
    return secrets.token_hex(8 if name.endswith("PASSWORD") else 32)
