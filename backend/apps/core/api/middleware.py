from collections.abc import Callable

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core.errors import error_page


class ReadableMiddleware:
    """Refuses what Django would read wrongly or not at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "Transfer-Encoding" in request.headers:
            # Django reads as much as Content-Length says, and would take a chunked body for none at all.
            return error_page(411, "length_required", "Say the body's Content-Length.")
        try:
            request.GET
        except TooManyFieldsSent:
            # Left to a view, the error page would read the query as well, and fail in its turn.
            return error_page(400, "bad_request", "There are too many query parameters.")
        return self.get_response(request)
