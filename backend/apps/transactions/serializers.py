from typing import ClassVar

from apps.core.api.serializers import StrictModelSerializer
from apps.transactions.models import Product


class ProductSerializer(StrictModelSerializer[Product]):
    class Meta:
        model = Product
        fields: ClassVar = (
            "id",
            "name",
            "sku",
            "unit_price",
            "current_stock",
            "reorder_point",
            "created_at",
            "updated_at",
        )
        read_only_fields: ClassVar = ("id", "created_at", "updated_at")
