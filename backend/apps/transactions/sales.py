"""Recording a sale: the stock moves with it, or neither happens."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from apps.adminops import audit
from apps.core.api.idempotency import Attempt, KeyReused
from apps.core.api.refusals import Conflict, violated
from apps.recommendations.schedule import schedule_refresh_soon
from apps.transactions import selectors
from apps.transactions.models import FIRST_DAY, Customer, PaymentMethod, Product, Transaction

LARGEST_AMOUNT = Decimal("999999999999.99")
"""What the column holds."""


@dataclass(frozen=True)
class Recorded:
    """replayed: the sale was there before; this attempt was a repeat of the one that made it."""

    sale: Transaction
    replayed: bool


def sale_record(
    *,
    product: Product,
    quantity: int,
    amount: Decimal | None = None,
    customer: Customer | None = None,
    date: date | None = None,
    payment_method: str = PaymentMethod.CASH,
    attempt: Attempt | None = None,
) -> Recorded:
    """Record that `quantity` of the product was sold, and take it from the stock.

    amount: what was paid for all of it; the list price unless given, and less if there was a discount. More
    than the list price is a slip of the finger: who sells dearer raises the price first.
    date: today in Dhaka unless given. attempt: None if the caller never sends a request twice.

    Raises:
        ValidationError: the date or the amount cannot be.
        Conflict: there is too little in stock. `fields` says how much.
        KeyReused: the attempt's key belongs to another request.
    """
    day = date or timezone.localdate()
    _check_day(day)
    try:
        with transaction.atomic():
            product = _locked(product)
            # Whoever held the lock until now may have been the same request.
            if attempt and (first := first_sale(attempt)):
                return Recorded(first, replayed=True)
            _take_from_stock(product, quantity)
            sale = Transaction.objects.create(
                product=product,
                customer=customer,
                quantity=quantity,
                amount=_amount(product, quantity, amount),
                date=day,
                payment_method=payment_method,
                idempotency_key=attempt.key if attempt else None,
                request_digest=attempt.digest if attempt else None,
            )
            audit.record(
                "sale.recorded", sale, product=product.pk, quantity=quantity, amount=str(sale.amount)
            )
            schedule_refresh_soon(sale.business_id)
    except IntegrityError as error:
        # Two requests for one product take turns above, so this key just came with another product.
        if violated(error) == "transaction_idempotency":
            raise KeyReused from error
        raise
    return Recorded(sale, replayed=False)


def first_sale(attempt: Attempt) -> Transaction | None:
    """Return the sale that an earlier attempt of the same request made, if one did.

    Raises:
        KeyReused: the key belongs to another request.
    """
    sale = selectors.sale_with_key(attempt.key)
    if sale is not None and sale.request_digest != attempt.digest:
        raise KeyReused
    return sale


def _locked(product: Product) -> Product:
    """Return the product as it is now; sales of it take turns from here to the end of the transaction.

    Raises:
        ValidationError: somebody has deleted it meanwhile.
    """
    locked = Product.objects.select_for_update(no_key=True).filter(pk=product.pk).first()
    if locked is None:
        raise ValidationError({"product": ["There is no such row."]})
    return locked


def _take_from_stock(product: Product, quantity: int) -> None:
    left = product.current_stock
    if left < quantity:
        raise Conflict(
            f"Only {left} of {product.name} left.",
            "out_of_stock",
            {"quantity": [f"{left} left."], "current_stock": [str(left)]},
        )
    product.current_stock = left - quantity
    product.save(update_fields=["current_stock", "updated_at"])


def _check_day(day: date) -> None:
    today = timezone.localdate()
    if not FIRST_DAY <= day <= today:
        raise ValidationError({"date": [f"A day from {FIRST_DAY} to today, {today}."]})


def _amount(product: Product, quantity: int, paid: Decimal | None) -> Decimal:
    full = product.unit_price * quantity
    if paid is None and full > LARGEST_AMOUNT:
        raise ValidationError({"quantity": [f"No more than {LARGEST_AMOUNT} in one sale; this is {full}."]})
    if paid is not None and paid > full:
        raise ValidationError({"amount": [f"No more than the list price, {full}."]})
    return full if paid is None else paid
