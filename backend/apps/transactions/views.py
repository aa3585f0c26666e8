"""Views translate between HTTP and services; what they mean is in services and selectors."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import mixins

from apps.core.api.views import TenantViewSet
from apps.transactions import selectors, services
from apps.transactions.filters import ProductFilter
from apps.transactions.models import Product
from apps.transactions.serializers import ProductSerializer


class ProductViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    TenantViewSet[Product],
):
    """The shelf."""

    model = Product
    serializer_class = ProductSerializer
    filterset_class = ProductFilter
    search_fields = ("name", "sku")
    orderings: ClassVar = ("name", "-name", "id", "-id")
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def rows(self) -> QuerySet[Product]:
        return selectors.products()

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = services.product_create(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        services.product_update(serializer.instance, **serializer.validated_data)

    def perform_destroy(self, instance: Product) -> None:
        services.product_delete(instance)
