"""Below /api/ an error is always JSON, also where no view of the API got to answer."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core.errors import error_page

API_PREFIX = "/api/"

# The codes are those that REST framework gives to the same refusals.
MEANINGS = {
    HTTPStatus.BAD_REQUEST: ("bad_request", "The request could not be understood."),
    HTTPStatus.FORBIDDEN: ("permission_denied", "This is not allowed."),
    HTTPStatus.NOT_FOUND: ("not_found", "There is nothing at this address."),
}
SURPRISE = ("server_error", "Something went wrong on the server. Quote the request_id when you report it.")


class ApiErrorMiddleware:
    """Replaces Django's error pages by the envelope: unknown routes, surprises, refusals by other middleware.

    Django has logged and reported the error by the time it gets here. Under DEBUG its pages never reach
    `handler404` and `handler500`, which is why this is not done there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(API_PREFIX) or response.status_code < 400 or _is_json(response):
            return response
        code, message = MEANINGS.get(HTTPStatus(response.status_code), SURPRISE)
        page = error_page(response.status_code, code, message)
        # What other middleware said about the response holds for this one too: CORS, Allow, Retry-After.
        for name, value in response.headers.items():
            page.headers.setdefault(name, value)
        page.cookies = response.cookies
        return page


def _is_json(response: HttpResponseBase) -> bool:
    return "json" in response.headers.get("Content-Type", "")
