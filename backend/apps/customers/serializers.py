from typing import ClassVar

from rest_framework import serializers

from apps.customers.models import ChurnScore


class ChurnScoreSerializer(serializers.ModelSerializer[ChurnScore]):
    customer_name = serializers.CharField(source="customer.name", read_only=True)

    class Meta:
        model = ChurnScore
        fields: ClassVar = (
            "id",
            "customer",
            "customer_name",
            "recency_score",
            "frequency_score",
            "monetary_score",
            "rfm_segment",
            "churn_risk_score",
            "churn_risk_level",
            "created_at",
            "updated_at",
        )
        read_only_fields: ClassVar = fields
