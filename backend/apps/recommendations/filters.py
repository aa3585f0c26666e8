from django_filters import rest_framework as filters

from apps.recommendations.models import AdviceStatus, AdviceType, Urgency


class RecommendationFilter(filters.FilterSet):
    status = filters.ChoiceFilter(choices=AdviceStatus.choices)
    type = filters.ChoiceFilter(choices=AdviceType.choices)
    urgency = filters.ChoiceFilter(choices=Urgency.choices)
