"""What changes the shop's shelf and its customers. Every change is in the audit log, in its transaction."""

from typing import Any

from django.db import transaction

from apps.adminops import audit
from apps.transactions.models import Product


@transaction.atomic
def product_create(**values: Any) -> Product:
    """Put a new product on the shelf and return it."""
    product = Product.objects.create(**values)
    audit.record("product.created", product, sku=product.sku)
    return product


@transaction.atomic
def product_update(product: Product, **values: Any) -> Product:
    """Change the fields named and return the product.

    Only those are written: the stock may have moved since the product was read.
    """
    for name, value in values.items():
        setattr(product, name, value)
    product.save(update_fields=[*values, "updated_at"])
    audit.record("product.updated", product, changed=sorted(values))
    return product


@transaction.atomic
def product_delete(product: Product) -> None:
    """Take a product off the shelf that was never sold.

    Raises:
        RestrictedError: it was sold, and what happened stays.
    """
    audit.record("product.deleted", product, sku=product.sku)
    product.delete()
