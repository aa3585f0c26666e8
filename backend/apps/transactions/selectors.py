"""What is read of the shelf, the customers and the sales; all of it of the business in scope."""

from django.db.models import F, QuerySet

from apps.transactions.models import Product


def products() -> QuerySet[Product]:
    return Product.objects.all()


def products_low_on_stock() -> QuerySet[Product]:
    """Return the products of which it is time to order more."""
    return Product.objects.filter(current_stock__lte=F("reorder_point"))
