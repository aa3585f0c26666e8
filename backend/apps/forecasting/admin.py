from django.contrib import admin

from apps.core.admin import RecordAdmin
from apps.forecasting.models import CashFlowForecast, Forecast


@admin.register(Forecast)
class ForecastAdmin(RecordAdmin):
    list_display = ("product", "business", "forecast_date", "forecast_horizon_days", "status", "updated_at")
    list_select_related = ("business", "product")
    list_filter = ("status",)
    search_fields = ("=product__sku", "=business__name")
    search_help_text = "A product's SKU or the name of a business, in full."


@admin.register(CashFlowForecast)
class CashFlowForecastAdmin(RecordAdmin):
    list_display = ("business", "forecast_date", "projection_days", "updated_at")
    list_select_related = ("business",)
    search_fields = ("=business__name",)
    search_help_text = "The name of a business, in full."
