from django.contrib import admin

from apps.core.admin import RecordAdmin
from apps.recommendations.models import Recommendation


@admin.register(Recommendation)
class RecommendationAdmin(RecordAdmin):
    list_display = ("title", "business", "type", "urgency", "priority_score", "status", "updated_at")
    list_select_related = ("business",)
    list_filter = ("status", "type", "urgency")
    search_fields = ("=subject", "=business__name")
    search_help_text = "A subject such as product:12, or the name of a business, in full."
