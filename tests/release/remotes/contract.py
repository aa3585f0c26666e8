"""Requests and answers held to Render's own OpenAPI document, which lies beside the repository."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from smctl.rehearsal.exchange import Answer, Asked
from tests.processes import REPOSITORY

DOCUMENT = REPOSITORY.parent / "shared" / "facts" / "render-openapi.json"
ROOT = "urn:render"
RENDER = "/render/v1"

# Null in recorded answers, although the document does not allow it; the recordings decide.
RECORDED_AS_NULL = {("deploy", "commit"), ("deploy", "finishedAt")}

_formats = FormatChecker()


@_formats.checks("date-time", raises=ValueError)
def _is_moment(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


@dataclass(frozen=True)
class Exchange:
    asked: Asked
    answer: Answer


class Contract:
    def __init__(self, path: Path = DOCUMENT) -> None:
        self._document = _modern(json.loads(path.read_text(encoding="utf-8")))
        resource = DRAFT202012.create_resource(self._document)
        registry: Registry[Any] = Registry().with_resource(ROOT, resource)
        self._registry = registry

    def problems(self, exchange: Exchange) -> list[str]:
        """What an exchange has that the document does not allow; empty where it is as it should be."""
        asked, answer = exchange.asked, exchange.answer
        path = asked.path.removeprefix(RENDER)
        found = self._operation(asked.method, path)
        if found is None:
            return [f"{asked.method} {path} is not in the document"]
        where, operation, parameters = found
        return [
            f"{asked.method} {where}: {problem}"
            for problem in (
                *self._query(asked, parameters),
                *self._path(path, where, parameters),
                *self._body(asked, operation),
                *self._answer(where, answer, operation),
            )
        ]

    def covered(self, exchange: Exchange) -> tuple[str, str]:
        found = self._operation(exchange.asked.method, exchange.asked.path.removeprefix(RENDER))
        assert found is not None
        return exchange.asked.method, found[0]

    # -- the request ------------------------------------------------------------------------------------

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any], list[dict[str, Any]]] | None:
        for where, item in self._document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", where), path) and method.lower() in item:
                operation = item[method.lower()]
                named = [*item.get("parameters", []), *operation.get("parameters", [])]
                return where, operation, [self._resolved(each) for each in named]
        return None

    def _query(self, asked: Asked, parameters: list[dict[str, Any]]) -> list[str]:
        declared = {each["name"]: each for each in parameters if each["in"] == "query"}
        problems = [f"no query parameter {name}" for name in asked.query if name not in declared]
        problems += [
            f"query parameter {name} is required"
            for name, each in declared.items()
            if each.get("required") and name not in asked.query
        ]
        for name, values in asked.query.items():
            if name in declared:
                problems += self._value(declared[name], values)
        return problems

    def _value(self, parameter: dict[str, Any], values: list[str]) -> list[str]:
        schema = self._resolved(parameter["schema"])
        kind = schema.get("type")
        if kind == "array":
            exploded = parameter.get("explode", True)
            value: Any = values if exploded else ",".join(values).split(",")
        elif len(values) > 1:
            return [f"{parameter['name']} more than once"]
        elif kind == "integer":
            value = int(values[0])
        elif kind == "boolean":
            value = {"true": True, "false": False}.get(values[0], values[0])
        else:
            value = values[0]
        return [f"{parameter['name']}: {problem}" for problem in self._check(schema, value)]

    def _path(self, path: str, where: str, parameters: list[dict[str, Any]]) -> list[str]:
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", where), path)
        assert found is not None
        declared = {each["name"]: each["schema"] for each in parameters if each["in"] == "path"}
        return [
            f"{name}: {problem}"
            for name, value in found.groupdict().items()
            for problem in self._check(declared[name], unquote(value))
        ]

    def _body(self, asked: Asked, operation: dict[str, Any]) -> list[str]:
        declared = operation.get("requestBody")
        if declared is None:
            return ["a body where none is declared"] if asked.body else []
        if not asked.body:
            return ["no body where one is required"] if declared.get("required") else []
        schema = declared["content"]["application/json"]["schema"]
        unknown = self._unknown(schema, json.loads(asked.body))
        return [f"body: {problem}" for problem in (*self._check(schema, json.loads(asked.body)), *unknown)]

    def _unknown(self, schema: dict[str, Any], body: Any) -> list[str]:
        properties = self._resolved(schema).get("properties")
        if not properties or not isinstance(body, dict):
            return []
        return [f"no property {name}" for name in body if name not in properties]

    # -- the answer -------------------------------------------------------------------------------------

    def _answer(self, where: str, answer: Answer, operation: dict[str, Any]) -> list[str]:
        declared = operation["responses"].get(str(answer.status))
        if declared is None:
            return [f"status {answer.status} is not declared"]
        content = self._resolved(declared).get("content")
        body = answer.encoded()
        if not content:
            return [f"{answer.status} has a body, and none is declared"] if body else []
        if not answer.type.startswith("application/json"):
            return [f"{answer.status} is {answer.type or 'empty'}, and JSON is declared"]
        document = _without_recorded_nulls(json.loads(body))
        schema = content["application/json"]["schema"]
        problems = [*self._check(schema, document), *self._of_its_kind(document)]
        return [f"{answer.status}: {problem}" for problem in problems]

    def _of_its_kind(self, document: Any) -> list[str]:
        """Where the document allows several shapes, the one that the object's own type names."""
        if isinstance(document, list):
            return [problem for each in document for problem in self._of_its_kind(each)]
        if not isinstance(document, dict):
            return []
        problems = [problem for each in document.values() for problem in self._of_its_kind(each)]
        if "serviceDetails" in document:
            name = {"web_service": "webServiceDetails"}.get(document["type"], "backgroundWorkerDetails")
            schema = {"$ref": f"#/components/schemas/{name}"}
            problems += self._check(schema, document["serviceDetails"])
        if {"details", "serviceId", "type"} <= set(document):
            problems += self._check(self._details(document["type"]), document["details"])
        return problems

    def _details(self, kind: str) -> dict[str, Any]:
        event = self._document["components"]["schemas"]["serviceEventWithCursor"]["properties"]["event"]
        title = kind.replace("_", " ").title()
        of_kind = [each for each in event["properties"]["details"]["anyOf"] if each.get("title") == title]
        return cast(dict[str, Any], of_kind[0])

    # -- schemas ----------------------------------------------------------------------------------------

    def _check(self, schema: dict[str, Any], value: Any) -> list[str]:
        validator = Draft202012Validator(_absolute(schema), registry=self._registry, format_checker=_formats)
        return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            resolver = self._registry.resolver(ROOT)
            schema = resolver.lookup(schema["$ref"]).contents
        return schema


def _absolute(schema: Any) -> Any:
    """Its references lead to the whole document, wherever it stands."""
    if isinstance(schema, list):
        return [_absolute(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: f"{ROOT}{value}" if key == "$ref" and value.startswith("#") else _absolute(value)
        for key, value in schema.items()
    }


def _modern(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON schema: `nullable` becomes a type, and of oneOf several may hold, as a worker's
    details are part of a web service's."""
    if isinstance(schema, list):
        return [_modern(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    new = {("anyOf" if key == "oneOf" else key): _modern(value) for key, value in schema.items()}
    if isinstance(new.get("$ref"), str):
        new["$ref"] = new["$ref"].replace("/oneOf/", "/anyOf/")
    if new.pop("nullable", None) is True and isinstance(new.get("type"), str):
        new["type"] = [new["type"], "null"]
    return new


def _without_recorded_nulls(document: Any, name: str = "deploy") -> Any:
    if isinstance(document, list):
        return [_without_recorded_nulls(each, name) for each in document]
    if not isinstance(document, dict):
        return document
    return {
        key: _without_recorded_nulls(value, key)
        for key, value in document.items()
        if value is not None or (name, key) not in RECORDED_AS_NULL
    }
