"""One shape for every error of the API: {"code", "message", "fields", "request_id"}.

`code` is stable and for programs, `message` is for people, `fields` maps a field to its messages, and
`request_id` finds the log lines.
"""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import exception_handler as rest_framework_handler

from apps.core.api.refusals import refusal
from apps.core.request_id import current_request_id


def envelope(code: str, message: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the body of an error response."""
    return {"code": code, "message": message, "fields": fields or {}, "request_id": current_request_id()}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's hook: what a view raised as an enveloped response, or None for a surprise."""
    if isinstance(exc, ValidationError):
        exc = exceptions.ValidationError(as_serializer_error(exc))
    exc = refusal(exc) or exc
    response = rest_framework_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        fields = exc.detail if isinstance(exc.detail, dict) else {"non_field_errors": exc.detail}
        response.data = envelope("invalid", "Some of the values sent are not valid.", fields)
    else:
        detail = response.data["detail"]
        response.data = envelope(detail.code, str(detail), getattr(exc, "fields", None))
    return response
