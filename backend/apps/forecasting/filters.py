from django_filters import rest_framework as filters

from apps.core.api.filters import DayFilter, IdFilter
from apps.forecasting.models import ForecastStatus


class ForecastFilter(filters.FilterSet):
    product = IdFilter(field_name="product_id")
    forecast_date = DayFilter(help_text="The day that it was made; the last one if this is left out.")
    status = filters.ChoiceFilter(choices=ForecastStatus.choices)


class CashFlowForecastFilter(filters.FilterSet):
    forecast_date = DayFilter(help_text="The day that it was made.")
