"""One shape for every error of the API: {"code", "message", "fields", "request_id"}.

`code` is stable and for programs, `message` is for people, `fields` maps a field to its messages, and
`request_id` finds the log lines.
"""

from typing import Any

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import exception_handler as rest_framework_handler

from apps.core.api.parsers import TooLarge
from apps.core.api.refusals import refusal
from apps.core.request_id import current_request_id


def envelope(code: str, message: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the body of an error response."""
    return {"code": code, "message": message, "fields": fields or {}, "request_id": current_request_id()}


def error_page(status: int, code: str, message: str) -> JsonResponse:
    """Return an error response where no view of the API is there to make one."""
    page = JsonResponse(envelope(code, message), status=status)
    page.headers["Content-Length"] = str(len(page.content))
    return page


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's hook: what a view raised as an enveloped response, or None for a surprise."""
    if isinstance(exc, ValidationError):
        exc = exceptions.ValidationError(as_serializer_error(exc))
    if isinstance(exc, RequestDataTooBig):
        # REST framework 3.18 has Django read the body, before a parser gets to count.
        exc = TooLarge()
    exc = refusal(exc) or exc
    response = rest_framework_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        response.data = envelope("invalid", "Some of the values sent are not valid.", _flat(exc.detail))
    else:
        detail = response.data["detail"]
        response.data = envelope(detail.code, str(detail), getattr(exc, "fields", None))
    return response


def _flat(detail: Any, name: str = "") -> dict[str, list[str]]:
    """Return REST framework's errors, which nest as serializers do, as {"field.in.a.field": messages}."""
    if isinstance(detail, dict):
        parts = [_flat(inner, f"{name}.{key}" if name else str(key)) for key, inner in detail.items()]
    elif any(isinstance(inner, dict) for inner in detail):
        parts = [
            _flat(inner, f"{name}.{index}" if name else str(index)) for index, inner in enumerate(detail)
        ]
    else:
        return {name or "non_field_errors": [str(message) for message in detail]} if detail else {}
    return {field: messages for part in parts for field, messages in part.items()}
