from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.transactions import selectors
from apps.transactions.models import Product


class ProductFilter(filters.FilterSet):
    sku = filters.CharFilter()
    low_stock = filters.BooleanFilter(
        method="only_low", help_text="true: only products of which it is time to order more."
    )

    def only_low(self, rows: QuerySet[Product], name: str, value: bool) -> QuerySet[Product]:
        return rows.filter(pk__in=selectors.products_low_on_stock()) if value else rows
