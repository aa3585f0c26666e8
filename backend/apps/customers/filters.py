from django_filters import rest_framework as filters

from apps.core.api.filters import IdFilter
from apps.customers.models import Risk, Segment


class ChurnScoreFilter(filters.FilterSet):
    customer = IdFilter(field_name="customer_id")
    segment = filters.ChoiceFilter(field_name="rfm_segment", choices=Segment.choices)
    risk_level = filters.ChoiceFilter(field_name="churn_risk_level", choices=Risk.choices)
