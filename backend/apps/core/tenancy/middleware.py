from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core import actor
from apps.core.tenancy import scope


class TenantScopeMiddleware:
    """Every request starts with no business in scope and no actor, and leaves neither to the next one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with scope.nobody(), actor.acting(actor.SYSTEM):
            return self.get_response(request)
