"""Views translate between HTTP and services; what they mean is in services and selectors."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import idempotency
from apps.core.api.idempotency import KeyReused
from apps.core.api.schema import refused
from apps.core.api.views import TenantViewSet
from apps.transactions import selectors, services
from apps.transactions.filters import CustomerFilter, ProductFilter, SaleFilter
from apps.transactions.models import Customer, Product, Transaction
from apps.transactions.sales import Recorded, first_sale, sale_record
from apps.transactions.serializers import (
    CustomerSerializer,
    ProductSerializer,
    SaleSerializer,
)

METHODS = ["get", "post", "patch", "delete", "head", "options"]


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
    http_method_names = METHODS

    def rows(self) -> QuerySet[Product]:
        return selectors.products()

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = services.product_create(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = services.product_update(serializer.instance, **serializer.validated_data)

    def perform_destroy(self, instance: Product) -> None:
        services.product_delete(instance)


class CustomerViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    TenantViewSet[Customer],
):
    """Who buys here and is known. Sales to a customer who is deleted stay, without the customer."""

    model = Customer
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    search_fields = ("name", "phone", "email")
    orderings: ClassVar = ("name", "-name", "id", "-id")
    http_method_names = METHODS

    def rows(self) -> QuerySet[Customer]:
        return selectors.customers()

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = services.customer_create(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = services.customer_update(serializer.instance, **serializer.validated_data)

    def perform_destroy(self, instance: Customer) -> None:
        services.customer_delete(instance)


class SaleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet[Transaction]):
    """What was sold. A sale is a record of what happened, so it is neither changed nor deleted."""

    model = Transaction
    serializer_class = SaleSerializer
    filterset_class = SaleFilter
    filter_backends = (DjangoFilterBackend,)
    orderings: ClassVar = ("-date", "date")

    def rows(self) -> QuerySet[Transaction]:
        return selectors.sales()

    @extend_schema(
        parameters=[idempotency.PARAMETER],
        responses={
            201: SaleSerializer,
            409: refused(
                "out_of_stock", "Only 2 of ডাল left.", {"quantity": ["2 left."], "current_stock": ["2"]}
            ),
            422: refused("idempotency_key_reused", KeyReused.default_detail),
        },
    )
    def create(self, request: Request) -> Response:
        """Record a sale; the stock moves with it."""
        attempt = idempotency.attempt(request)
        # Before the body is checked: what was fine the first time need not be fine any more.
        if attempt and (first := first_sale(attempt)):
            return self._answer(Recorded(first, replayed=True))
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return self._answer(sale_record(**serializer.validated_data, attempt=attempt))

    def _answer(self, recorded: Recorded) -> Response:
        headers = {idempotency.REPLAYED_HEADER: "true"} if recorded.replayed else {}
        body = self.get_serializer(recorded.sale).data
        return Response(body, status=status.HTTP_201_CREATED, headers=headers)
