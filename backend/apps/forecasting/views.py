from typing import ClassVar

from django.db.models import QuerySet
from rest_framework import mixins

from apps.core.api.views import TenantViewSet
from apps.forecasting import selectors
from apps.forecasting.filters import CashFlowForecastFilter, ForecastFilter
from apps.forecasting.models import CashFlowForecast, Forecast
from apps.forecasting.serializers import CashFlowForecastSerializer, ForecastSerializer


class ForecastViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet[Forecast]):
    """The demand for each product, as it looked last or on the day asked for. Worked out by the worker."""

    model = Forecast
    serializer_class = ForecastSerializer
    filterset_class = ForecastFilter
    orderings: ClassVar = ("-forecast_date",)

    def rows(self) -> QuerySet[Forecast]:
        named = self.request.query_params.get("forecast_date")
        return selectors.forecasts_latest() if self.action == "list" and not named else selectors.forecasts()


class CashFlowForecastViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet[CashFlowForecast]
):
    """The money that will probably come in, the last projection first. Worked out by the worker."""

    model = CashFlowForecast
    serializer_class = CashFlowForecastSerializer
    filterset_class = CashFlowForecastFilter
    orderings: ClassVar = ("-forecast_date",)

    def rows(self) -> QuerySet[CashFlowForecast]:
        return selectors.cash_flow_forecasts()
