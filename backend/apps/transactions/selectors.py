"""What is read of the shelf, the customers and the sales; all of it of the business in scope."""

from typing import Final

from django.db.models import F, Q, QuerySet

from apps.transactions.models import Customer, Product, Transaction

LOW_ON_STOCK: Final = Q(current_stock__lte=F("reorder_point"))
"""What holds for the products of which it is time to order more; the index `product_low` has them."""


def products() -> QuerySet[Product]:
    return Product.objects.all()


def customers() -> QuerySet[Customer]:
    return Customer.objects.all()


def sales() -> QuerySet[Transaction]:
    """Return the sales, each with its product and its customer."""
    return Transaction.objects.select_related("product", "customer")


def sale_with_key(key: str) -> Transaction | None:
    """Return the sale that was recorded under this idempotency key, if one was."""
    return next(iter(sales().filter(idempotency_key=key)), None)
