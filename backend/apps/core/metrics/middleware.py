"""Counts requests and answers /metrics, both only where METRICS_TOKEN is set.

It stands before the check of the Host header and the redirect to HTTPS: Prometheus asks each instance by its
address. It stands after the health middleware: probes are not counted.
"""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare

logger = logging.getLogger(__name__)

PATH = "/metrics"


class MetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.METRICS_TOKEN:
            raise MiddlewareNotUsed("METRICS_TOKEN is not set.")
        from apps.core.metrics.exposition import Exposition
        from apps.core.metrics.requests import observe

        self.get_response = get_response
        self._exposition = Exposition()
        self._observe = observe

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.rstrip("/") == PATH:
            return self._metrics(request)
        started = time.perf_counter()
        response = self.get_response(request)
        self._count(request, response, time.perf_counter() - started)
        return response

    def _count(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        """A request that cannot be counted is answered all the same."""
        try:
            self._observe(request, response, seconds)
        except OSError as error:
            logger.warning("request not counted: %s", error)

    def _metrics(self, request: HttpRequest) -> HttpResponse:
        if not _is_authorized(request):
            response = HttpResponse(status=401, content_type="text/plain")
            response.headers["WWW-Authenticate"] = "Bearer"
        elif request.method not in ("GET", "HEAD"):
            response = HttpResponseNotAllowed(["GET", "HEAD"])
        else:
            response = self._exposition.response(request)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Length"] = str(len(response.content))
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _is_authorized(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and constant_time_compare(token.strip(), settings.METRICS_TOKEN)
