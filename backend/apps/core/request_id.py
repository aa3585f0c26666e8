"""One identifier for all that a request causes: log lines, the error envelope, the caller's report."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core.log_context import LogContext, begin, current

HEADER = "X-Request-ID"
NO_REQUEST = "-"
# What a caller sends ends up in logs and headers, so nothing that could end a line or grow without bound.
SAFE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def current_request_id() -> str:
    """Return the identifier of the request being served, or "-" outside one."""
    return current().request_id or NO_REQUEST


class RequestIdMiddleware:
    """Takes the caller's X-Request-ID where it is safe, else makes one, and echoes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        inbound = request.headers.get(HEADER, "")
        request_id = inbound if SAFE.fullmatch(inbound) else uuid.uuid4().hex
        # Not ended afterwards: Django logs a failed request once the middleware has returned, gunicorn every
        # request later still. The next one on this thread begins with nothing of this one.
        begin(LogContext(request_id=request_id))
        response = self.get_response(request)
        response.headers[HEADER] = request_id
        return response
