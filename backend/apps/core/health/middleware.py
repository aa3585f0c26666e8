"""Answers /health and /health/live, and names the release on every response.

A middleware before all others, because a platform's probe comes over plain HTTP, by IP address, without
cookies, and its answer must depend on nothing but what it reports on.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase

from apps.core.health.state import State
from apps.core.health.verdict import monitor_from_settings


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._monitor = monitor_from_settings()
        self._routes = {"/health": self._health, "/health/live": self._live}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        route = self._routes.get(request.path_info.rstrip("/"))
        response = self.get_response(request) if route is None else _answer(route, request)
        response.headers["X-Release"] = settings.RELEASE_SHA
        return response

    def _health(self, request: HttpRequest) -> HttpResponse:
        """503 unless every service is well; `?exclude=workers` leaves a service out of the judgement."""
        verdict = self._monitor.verdict().without(request.GET.getlist("exclude"))
        overall = State.OK if verdict.healthy else State.DOWN
        body = {"status": overall, "services": dict(verdict.services)}
        return JsonResponse(body, status=200 if verdict.healthy else 503)

    def _live(self, request: HttpRequest) -> HttpResponse:
        """The process answers. It looks at nothing else, so a broken database never gets it restarted."""
        return JsonResponse({"status": State.OK})


def _answer(route: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> HttpResponse:
    response = (
        route(request) if request.method in ("GET", "HEAD") else HttpResponseNotAllowed(["GET", "HEAD"])
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Length"] = str(len(response.content))
    if request.method == "HEAD":
        response.content = b""
    # Django's own mark for "logged": a 503 here is the report itself, and each probe would log an error anew.
    setattr(response, "_has_been_logged", True)
    return response
