"""A request and its answer, and the table that leads from one to the other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from smctl.rehearsal.refusal import Refusal


@dataclass(frozen=True)
class Asked:
    """path: below the vendor's own root. query: every value of each name. named: parts of the path."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes = b""
    named: dict[str, str] = field(default_factory=dict)

    def values(self, name: str) -> list[str]:
        """Of an array, repeated or separated by commas: Render takes both."""
        return [part for value in self.query.get(name, []) for part in value.split(",") if part]

    def value(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def number(self, name: str, default: int, most: int) -> int:
        text = self.value(name, str(default))
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise Refusal(400, f"invalid {name}: {text}")
        return int(text)

    def document(self) -> dict[str, Any]:
        """The JSON object of the body; empty where there is none."""
        if not self.body.strip():
            return {}
        try:
            document = json.loads(self.body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise Refusal(400, "invalid JSON")
        return document


@dataclass(frozen=True)
class Answer:
    """body: None for none at all, bytes and text as they are, anything else as JSON."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        if self.body is None:
            return ""
        return (
            "text/plain; charset=utf-8" if isinstance(self.body, str) else "application/json; charset=utf-8"
        )

    def encoded(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, str):
            return self.body.encode()
        # Compact, and a 404 with a line end, as recorded.
        return (json.dumps(self.body, separators=(",", ":")) + "\n" * (self.status == 404)).encode()


Act = Callable[[Asked], Answer]


@dataclass(frozen=True)
class Route:
    """path: as in an OpenAPI document, /services/{serviceId}."""

    method: str
    path: str
    act: Act

    def match(self, method: str, path: str) -> dict[str, str] | None:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path) if method == self.method else None
        return found.groupdict() if found else None


def lead(routes: Sequence[Route], method: str, path: str) -> tuple[Act, dict[str, str]] | None:
    """What answers a request, and the named parts of its path."""
    for route in routes:
        if (named := route.match(method, path)) is not None:
            return route.act, named
    return None
