from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.core.api.filters import BooleanFilter, DayFilter, IdFilter
from apps.transactions import selectors
from apps.transactions.models import PaymentMethod, Product


class ProductFilter(filters.FilterSet):
    sku = filters.CharFilter()
    low_stock = BooleanFilter(
        method="only_low", help_text="true: only products of which it is time to order more."
    )

    def only_low(self, rows: QuerySet[Product], name: str, value: bool) -> QuerySet[Product]:
        return rows.filter(selectors.LOW_ON_STOCK) if value else rows


class CustomerFilter(filters.FilterSet):
    phone = filters.CharFilter()
    email = filters.CharFilter(lookup_expr="iexact")


class SaleFilter(filters.FilterSet):
    date_from = DayFilter(field_name="date", lookup_expr="gte", help_text="The first day.")
    date_to = DayFilter(field_name="date", lookup_expr="lte", help_text="The last day, which is included.")
    product = IdFilter()
    customer = IdFilter()
    payment_method = filters.ChoiceFilter(choices=PaymentMethod.choices)
