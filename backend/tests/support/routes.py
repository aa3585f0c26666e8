"""Every route below /api/, found by walking the URL conf, and what the OpenAPI document says of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from apps.core.api.schema import Generator
from apps.core.tenancy.models import TenantModel

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One method of one route. path: with `{name}` for each parameter."""

    method: str
    path: str
    view: type[APIView]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def ids(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    @property
    def model(self) -> type[TenantModel] | None:
        """What the rows are that the route is about."""
        return getattr(self.view, "model", None)

    @property
    def is_private(self) -> bool:
        return {} not in self.described.get("security", [{}])

    @property
    def described(self) -> dict[str, Any]:
        """What the document says; empty for the pages that show the document."""
        described: dict[str, Any] = document()["paths"].get(self.path, {}).get(self.method, {})
        return described

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of what it takes, or None."""
        content = self.described.get("requestBody", {}).get("content", {})
        return resolved(content["application/json"]["schema"]) if content else None

    def parameters(self, place: str) -> dict[str, dict[str, Any]]:
        """Return the schema of each parameter in "query", "path" or "header"."""
        described = self.described.get("parameters", ())
        return {each["name"]: resolved(each["schema"]) for each in described if each["in"] == place}

    def at(self, pk: object) -> str:
        """Return the address of the row with this id."""
        return re.sub(r"{\w+}", str(pk), self.path)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    schema: dict[str, Any] = Generator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return schema


@cache
def operations() -> list[Operation]:
    """Every method of every route below /api/."""
    found = [
        Operation(method, path, view)
        for path, view, actions in _routes(get_resolver().url_patterns, "/")
        if view is not None and _below(path)
        for method in METHODS
        if method in view.http_method_names and (method in actions if actions else hasattr(view, method))
    ]
    return sorted(found, key=str)


def unwalkable() -> list[str]:
    """Return the routes below /api/ that are no views of REST framework."""
    return [
        path for path, view, _ in _routes(get_resolver().url_patterns, "/") if view is None and _below(path)
    ]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with what it refers to in its place, at the top and in its properties."""
    reference = schema.get("$ref") or (schema.get("allOf") or [{}])[0].get("$ref")
    if reference:
        component = document()["components"]["schemas"][reference.rpartition("/")[2]]
        schema = {**component, **{key: schema[key] for key in schema if key not in ("$ref", "allOf")}}
    for alternative in schema.get("oneOf", ()):
        if "$ref" in alternative:
            schema = {**resolved(alternative), **schema}
            break
    if "properties" in schema:
        schema = {
            **schema,
            "properties": {key: resolved(inner) for key, inner in schema["properties"].items()},
        }
    return schema


def _below(path: str) -> bool:
    return path.startswith("/api/")


def _routes(patterns: Any, prefix: str) -> Iterator[tuple[str, type[APIView] | None, dict[str, str]]]:
    for pattern in patterns:
        path = prefix + _plain(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, _view(pattern.callback), getattr(pattern.callback, "actions", None) or {}


def _view(callback: Any) -> type[APIView] | None:
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    return view if view and issubclass(view, APIView) else None


def _plain(pattern: str) -> str:
    """Return the route as the document writes it: /things/{id}/."""
    named = re.sub(r"\(\?P<(\w+)>[^()]*(?:\([^()]*\)[^()]*)*\)", r"{\1}", pattern)
    converted = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", named)
    return converted.replace("{pk}", "{id}").removeprefix("^").removesuffix("$").removesuffix("\\Z")
