"""Rows for tests, with every value that a test does not care about filled in."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from apps.auth.models import Business, User
from apps.core.tenancy import scope
from apps.transactions.models import Customer, Product, Transaction

numbers = count(1)


def make_shop(name: str = "রহিম স্টোর", **values: Any) -> Business:
    """Return a business with an owner, who is also its only member."""
    shop = Business.objects.create(name=name, **values)
    owner = User.objects.create_user(f"owner{next(numbers)}@example.com", first_name="রহিম", business=shop)
    shop.user = owner
    shop.save()
    return shop


def make_product(shop: Business, **values: Any) -> Product:
    number = next(numbers)
    filled = {
        "name": f"চাল {number}",
        "sku": f"SKU-{number}",
        "unit_price": Decimal("10.00"),
        "current_stock": 5,
    }
    with scope.working_for(shop.pk):
        return Product.objects.create(**{**filled, **values})


def make_customer(shop: Business, **values: Any) -> Customer:
    number = next(numbers)
    with scope.working_for(shop.pk):
        return Customer.objects.create(**{"name": f"করিম {number}", "phone": f"01700{number:06}", **values})


def make_sale(shop: Business, product: Product | None = None, **values: Any) -> Transaction:
    """Return a sale as it is stored; the stock is not touched."""
    product = product or make_product(shop)
    filled = {"date": date(2026, 1, 15), "quantity": 1, "amount": product.unit_price, "product": product}
    with scope.working_for(shop.pk):
        return Transaction.objects.create(**{**filled, **values})
