"""The OpenAPI document: what drf-spectacular finds, and what holds for every operation."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from apps.core.tenancy import scope

ERROR = {
    "type": "object",
    "description": "What every refusal looks like.",
    "required": ["code", "message", "fields", "request_id"],
    "properties": {
        "code": {"type": "string", "description": "For programs; it does not change."},
        "message": {"type": "string", "description": "For people."},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "What is wrong with which field; `customer.name` is a field in a field.",
        },
        "request_id": {"type": "string", "description": "Finds the log lines; also in X-Request-ID."},
    },
    "additionalProperties": False,
}
ERROR_REFERENCE = {"$ref": "#/components/schemas/Error"}

# status: name of the component, what it means, and the code and message of an example.
REFUSALS = {
    "400": ("Invalid", "A value is not valid.", "invalid", "Some of the values sent are not valid."),
    "401": (
        "Unauthenticated",
        "Nobody is logged in, or not any more.",
        "not_authenticated",
        "Authentication credentials were not provided.",
    ),
    "403": (
        "Forbidden",
        "Who is logged in may not do this.",
        "permission_denied",
        "You do not have permission to perform this action.",
    ),
    "404": ("NotFound", "There is nothing, or nothing of yours.", "not_found", "Not found."),
    "406": (
        "NotAcceptable",
        "The Accept header leaves out JSON.",
        "not_acceptable",
        "Could not satisfy the request Accept header.",
    ),
    "409": (
        "Conflict",
        "It contradicts what is there already.",
        "conflict",
        "This contradicts what is there already.",
    ),
    "413": ("TooLarge", "The body is too large.", "too_large", "The body is larger than this API reads."),
    "415": (
        "NotJSON",
        "The body is no JSON.",
        "unsupported_media_type",
        'Unsupported media type "text/plain" in request.',
    ),
    "429": (
        "Throttled",
        "Asked too often.",
        "throttled",
        "Request was throttled. Expected available in 30 seconds.",
    ),
}
RETRY_AFTER = {
    "description": "In how many seconds to ask again.",
    "schema": {"type": "integer", "minimum": 1},
}


class Generator(SchemaGenerator):
    """Describes the API, for which views are asked for querysets that nobody evaluates."""

    def get_schema(self, *args: Any, **options: Any) -> Any:
        with scope.every_business():
            return super().get_schema(*args, **options)  # type: ignore[no-untyped-call]


class StrictBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """A strict serializer takes no field that it does not name, and a row always has all of its fields."""

    target_class = "apps.core.api.serializers.StrictMixin"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        if direction == "request":
            schema["additionalProperties"] = False
        elif hasattr(self.target, "Meta"):
            schema["required"] = sorted(schema["properties"])
        return schema


def refused(code: str, message: str, fields: dict[str, list[str]] | None = None) -> OpenApiResponse:
    """Return the description of a refusal that is an operation's own."""
    example = OpenApiExample(code, value=_envelope(code, message, fields or {}))
    return OpenApiResponse(ERROR_REFERENCE, description=message, examples=[example])


def tell_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's hook: every operation says how it may refuse, besides what it says itself."""
    result["components"].setdefault("schemas", {})["Error"] = ERROR
    result["components"]["responses"] = {name: _response(status) for status, (name, *_) in REFUSALS.items()}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for status in _possible(path, method, operation):
                reference = {"$ref": f"#/components/responses/{REFUSALS[status][0]}"}
                operation["responses"].setdefault(status, reference)
            _give_bodies(operation["responses"])
    return result


def _give_bodies(responses: dict[str, Any]) -> None:
    """A refusal that an operation describes in words only has the body that all of them have."""
    for status, response in responses.items():
        if status >= "400" and "$ref" not in response:
            response.setdefault("content", {"application/json": {"schema": ERROR_REFERENCE}})


def _possible(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    """Return the statuses with which the operation may refuse."""
    security = operation.get("security", [{}])
    private = {} not in security
    writes = method in ("post", "put", "patch", "delete")
    reasons = {
        # Where nobody has to be logged in, a token that is no good is refused all the same.
        "401": any(security),
        "403": private,
        "404": "{" in path,
        "409": writes and private,
        "413": "requestBody" in operation,
        "415": "requestBody" in operation,
    }
    return sorted(status for status in REFUSALS if reasons.get(status, True))


def _response(status: str) -> dict[str, Any]:
    _, description, code, message = REFUSALS[status]
    media = {"schema": ERROR_REFERENCE, "example": _envelope(code, message, {})}
    headers = {"headers": {"Retry-After": RETRY_AFTER}} if status == "429" else {}
    return {"description": description, "content": {"application/json": media}, **headers}


def _envelope(code: str, message: str, fields: dict[str, list[str]]) -> dict[str, Any]:
    return {"code": code, "message": message, "fields": fields, "request_id": "9f2c6a1e0b7d4c58"}
