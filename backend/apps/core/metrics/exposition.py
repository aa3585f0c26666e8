"""What Prometheus is told: the requests of all web processes, the tasks of all workers, the release."""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry
from prometheus_client.core import InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from apps.core.metrics import redis, requests


class ReleaseCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "smartmarket_release", "The commit that answers.", value={"sha": settings.RELEASE_SHA}
        )


class Exposition:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(ReleaseCollector())
        self._registry.register(requests.collector())
        self._registry.register(redis.collector_from_settings())

    def response(self, request: HttpRequest) -> HttpResponse:
        """Return everything in the format that the Accept header asks for."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return HttpResponse(encode(self._registry), content_type=content_type)
