"""What an operation takes, made from its description: a good body, and values that its fields refuse."""

import re
from typing import Any

from apps.auth.models import Business
from tests.support.routes import Operation, resolved
from tests.support.rows import TENANT_MODELS, make_row

MODELS = {model._meta.model_name: model for model in TENANT_MODELS}

# One of them fits every pattern that there is.
WORDS = ("word1", "5.00", "01700000001", "2026-01-15", "a")

HUGE = 10**400
BAD: dict[str, list[Any]] = {
    "integer": ["x", "", 1.5, [], {}, True, "NaN", 2**63, -(2**63), HUGE, "9" * 5000],
    "number": ["x", [], {}, "NaN", "Infinity", "-Infinity", HUGE],
    "string": [[], {}, True, "\0", "a\0b"],
    "boolean": ["maybe", [], {}, 17, "\0"],
    "array": ["x", 1, {}],
    "object": ["x", 1, []],
}
BAD_FORMATS: dict[str, list[Any]] = {
    "decimal": ["x", "", [], {}, True, "NaN", "sNaN", "Infinity", "1e400", "-1e400", "9" * 5000, HUGE, "\0"],
    "date": ["x", "2026-02-30", "0000-00-00", "99999-01-01", 20260115, [], {}, True, "\0"],
    "date-time": ["x", "2026-02-30T00:00:00Z", "99999-01-01T00:00:00Z", 1, [], {}, "\0"],
    "email": ["x", "@", "a@b", [], {}, True, "a\0@example.com"],
    "uri": ["x", [], {}, "\0"],
    "uuid": ["x", [], {}, "\0"],
}


def referred(name: str) -> Any:
    """Return the model of the row that a field or parameter of this name refers to, or None."""
    return MODELS.get(name.removesuffix("_id"))


def good_body(operation: Operation, shop: Business) -> dict[str, Any]:
    """Return what the operation takes, with references to rows of the shop."""
    fields: dict[str, Any] = (operation.body or {}).get("properties", {})
    return {name: _good(name, schema, shop) for name, schema in fields.items()}


def bad_values(name: str, schema: dict[str, Any]) -> list[Any]:
    """Return values that a field of this description refuses."""
    plain = _first(schema)
    bad = list(BAD_FORMATS.get(plain.get("format", ""), BAD.get(plain.get("type", ""), [])))
    if "enum" in plain:
        bad = ["nosuch", [], {}, "\0"]
    if "maxLength" in plain:
        bad.append("x" * (plain["maxLength"] + 1))
    if "maximum" in plain:
        bad.append(plain["maximum"] + 1)
    if "minimum" in plain:
        bad.append(plain["minimum"] - 1)
    if plain.get("nullable") or schema.get("nullable"):
        # Forms say nothing with an empty text, so REST framework takes it for null.
        return [value for value in bad if value != ""]
    return [*bad, None]


def _good(name: str, schema: dict[str, Any], shop: Business) -> Any:
    schema = _first(schema)
    if model := referred(name):
        return make_row(model, shop).pk
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "integer":
            return max(schema.get("minimum", 1), 1)
        case "boolean":
            return True
        case "array":
            return [_good("", resolved(schema["items"]), shop)]
        case "object":
            fields = schema.get("properties", {})
            return {key: _good(key, inner, shop) for key, inner in fields.items()}
    return _text(schema)


def _text(schema: dict[str, Any]) -> str:
    formats = {
        "decimal": "5.00",
        "date": "2026-01-15",
        "date-time": "2026-01-15T10:00:00+06:00",
        "email": "someone@example.com",
        "uri": "https://example.com/",
    }
    if schema.get("format") in formats:
        return formats[schema["format"]]
    fitting = (word for word in WORDS if re.search(schema.get("pattern", ""), word))
    return next(fitting).ljust(schema.get("minLength", 0), "1")


def _first(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the first of several that would do; the others are for nothing at all."""
    return resolved(schema["oneOf"][0]) if schema.get("oneOf") else schema
