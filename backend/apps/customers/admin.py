from django.contrib import admin

from apps.core.admin import RecordAdmin
from apps.customers.models import ChurnScore


@admin.register(ChurnScore)
class ChurnScoreAdmin(RecordAdmin):
    list_display = (
        "customer",
        "business",
        "rfm_segment",
        "churn_risk_score",
        "churn_risk_level",
        "updated_at",
    )
    list_select_related = ("business", "customer")
    list_filter = ("rfm_segment", "churn_risk_level")
    search_fields = ("=customer__phone", "=business__name")
    search_help_text = "A customer's phone number or the name of a business, in full."
