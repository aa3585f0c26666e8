"""What changes the shop's shelf and its customers. Every change is in the audit log, in its transaction.

Sales are in `sales`.
"""

from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction
from django.shortcuts import get_object_or_404

from apps.adminops import audit
from apps.core.tenancy.models import TenantModel
from apps.transactions.models import Customer, Product

Row = TypeVar("Row", bound=TenantModel)


@transaction.atomic
def product_create(**values: Any) -> Product:
    """Put a new product on the shelf and return it."""
    product = Product.objects.create(**values)
    audit.record("product.created", product, sku=product.sku)
    return product


@transaction.atomic
def product_update(product: Product, **values: Any) -> Product:
    """Change the fields named and return the product.

    Another stock is a correction, with an audit entry of its own. Only what differs is written, and a sale
    that moves the stock at the same time comes before or after.

    Raises:
        Http404: somebody has deleted it meanwhile.
    """
    product = _to_change(product)
    changes = _changes(product, values)
    if not changes:
        return product
    product.save(update_fields=[*changes, "updated_at"])
    stock = changes.pop("current_stock", None)
    if stock:
        audit.record("product.stock_corrected", product, **stock)
    if changes:
        audit.record("product.updated", product, changes=changes)
    return product


@transaction.atomic
def product_delete(product: Product) -> None:
    """Take a product off the shelf that was never sold.

    Raises:
        RestrictedError: it was sold, and what happened stays.
        Http404: somebody has deleted it meanwhile.
    """
    product = _to_delete(product)
    audit.record("product.deleted", product, sku=product.sku)
    product.delete()


@transaction.atomic
def customer_create(**values: Any) -> Customer:
    """Note a new customer and return it."""
    customer = Customer.objects.create(**values)
    audit.record("customer.created", customer)
    return customer


@transaction.atomic
def customer_update(customer: Customer, **values: Any) -> Customer:
    """Change the fields named and return the customer.

    The audit entry names the fields but not what was in them, so that who is deleted is forgotten there too.

    Raises:
        Http404: somebody has deleted it meanwhile.
    """
    customer = _to_change(customer)
    changes = _changes(customer, values)
    if changes:
        customer.save(update_fields=[*changes, "updated_at"])
        audit.record("customer.updated", customer, changed=sorted(changes))
    return customer


@transaction.atomic
def customer_delete(customer: Customer) -> None:
    """Forget a customer. The sales stay, and are nobody's from then on.

    Raises:
        Http404: somebody has deleted it meanwhile.
    """
    customer = _to_delete(customer)
    audit.record("customer.deleted", customer)
    customer.delete()


def _to_change(row: Row) -> Row:
    """Return the row as it is now; until the transaction ends nobody else changes it."""
    return get_object_or_404(type(row).objects.select_for_update(no_key=True), pk=row.pk)


def _to_delete(row: Row) -> Row:
    """Return the row as it is now; until the transaction ends nobody else changes it or refers to it."""
    return get_object_or_404(type(row).objects.select_for_update(), pk=row.pk)


def _changes(row: TenantModel, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Set the values on the row; return those that differ from before, as JSON: {field: {"from", "to"}}."""
    changes = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            changes[name] = {"from": _plain(before), "to": _plain(value)}
    return changes


def _plain(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, Decimal) else value
