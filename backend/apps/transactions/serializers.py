from typing import ClassVar

from rest_framework import serializers

from apps.core.api.serializers import StrictModelSerializer
from apps.transactions.models import Customer, Product, Transaction


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


class CustomerSerializer(StrictModelSerializer[Customer]):
    class Meta:
        model = Customer
        fields: ClassVar = ("id", "name", "phone", "email", "created_at", "updated_at")
        read_only_fields: ClassVar = ("id", "created_at", "updated_at")


class SaleSerializer(StrictModelSerializer[Transaction]):
    product_name = serializers.CharField(source="product.name", read_only=True)
    customer_name = serializers.CharField(source="customer.name", read_only=True, allow_null=True)

    class Meta:
        model = Transaction
        fields: ClassVar = (
            "id",
            "date",
            "product",
            "product_name",
            "customer",
            "customer_name",
            "quantity",
            "amount",
            "payment_method",
            "created_at",
            "updated_at",
        )
        read_only_fields: ClassVar = ("id", "created_at", "updated_at")
        extra_kwargs: ClassVar = {
            "date": {"required": False, "help_text": "Today in Dhaka unless given; never in the future."},
            "quantity": {"min_value": 1},
            "amount": {
                "required": False,
                "help_text": "What was paid for all of it: the list price unless given, never more.",
            },
        }
