"""Counts the requests that this web process answered. Importing it takes 15 ms; only /metrics needs it."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from apps.core.metrics.folder import Slot

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# What a caller makes up (a path, a method) never becomes a label: there is no end to it.
OTHER = "other"
UNKNOWN = "unknown"

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

if settings.METRICS_FOLDER:
    _folder = Path(settings.METRICS_FOLDER)
    # Somebody may have tidied it away since gunicorn made it; that is no reason not to serve.
    _folder.mkdir(mode=0o700, exist_ok=True)
    values.ValueClass = values.MultiProcessValue(Slot(_folder))
# A time of creation is of no use where counts outlive the process that made them.
disable_created_metrics()

_of_this_process = CollectorRegistry()
_requests = Counter(
    "smartmarket_http_requests",
    "Requests answered.",
    ["method", "route", "status"],
    registry=_of_this_process,
)
_seconds = Histogram(
    "smartmarket_http_request_duration_seconds",
    "Time until the response began.",
    ["method", "route", "status_class"],
    registry=_of_this_process,
    buckets=BUCKETS,
)


def observe(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    method = request.method if request.method in METHODS else OTHER
    route, status = _route(request), str(response.status_code)
    _requests.labels(method, route, status).inc()
    _seconds.labels(method, route, f"{status[0]}xx").observe(seconds)


def collector() -> Collector:
    """Return what collects the counts of all web processes, or of this one where they share no folder."""
    if settings.METRICS_FOLDER:
        return MultiProcessCollector(None, settings.METRICS_FOLDER)
    return _of_this_process


def _route(request: HttpRequest) -> str:
    """Return the pattern that matched, such as /api/products/<int:pk>/, never the path itself."""
    if request.resolver_match is not None:
        return f"/{request.resolver_match.route}"
    return settings.STATIC_URL if request.path_info.startswith(settings.STATIC_URL) else UNKNOWN
