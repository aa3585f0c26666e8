"""What a shop sells, to whom, and every sale."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from apps.core.constraints import Check, between, one_of
from apps.core.tenancy.constraints import SameTenant, TenantPolicy
from apps.core.tenancy.models import TenantModel

# A sale outside these is a slip of the finger.
FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2099, 12, 31)

# All that the columns hold. Said to PostgreSQL because its NaN is a numeric too, and above every number.
HIGHEST_PRICE = Decimal("9999999999.99")
HIGHEST_AMOUNT = Decimal("999999999999.99")

not_negative = MinValueValidator(Decimal(0))
sku_characters = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9._/-]*\Z", "Letters, digits and . _ / - only, and no space."
)
phone_characters = RegexValidator(
    r"\A\+?[0-9][0-9 -]{4,18}\Z", "Digits, spaces and - only, with a + in front if you like."
)


class Product(TenantModel):
    """Something a shop has on its shelf. Money is in taka (BDT)."""

    name = models.CharField(max_length=200)
    sku = models.CharField("SKU", max_length=64, validators=[sku_characters])
    unit_price = models.DecimalField(max_digits=12, decimal_places=2, validators=[not_negative])
    current_stock = models.PositiveIntegerField(default=0)
    reorder_point = models.PositiveIntegerField(
        default=0, help_text="From this stock down it is time to order more."
    )

    class Meta(TenantModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["business", "name", "id"], name="product_by_name"),
            models.Index(
                fields=["business", "current_stock", "id"],
                name="product_low",
                condition=Q(current_stock__lte=F("reorder_point")),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["business", "id"], name="product_of_business"),
            models.UniqueConstraint(
                fields=["business", "sku"],
                name="product_sku_unique",
                violation_error_message="Another product has this SKU.",
            ),
            between("unit_price", 0, HIGHEST_PRICE, name="product_price_not_negative"),
            TenantPolicy(name="product_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class Customer(TenantModel):
    """Somebody who buys at a shop and is known there."""

    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=20, blank=True, validators=[phone_characters])
    email = models.EmailField(blank=True)

    class Meta(TenantModel.Meta):
        indexes: ClassVar = [models.Index(fields=["business", "name", "id"], name="customer_by_name")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["business", "id"], name="customer_of_business"),
            models.UniqueConstraint(
                fields=["business", "phone"],
                name="customer_phone_unique",
                condition=~Q(phone=""),
                violation_error_message="Another customer has this phone number.",
            ),
            TenantPolicy(name="customer_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class PaymentMethod(models.TextChoices):
    CASH = "cash", "Cash"
    BKASH = "bkash", "bKash"
    NAGAD = "nagad", "Nagad"
    CARD = "card", "Card"
    CREDIT = "credit", "On credit"


class Transaction(TenantModel):
    """One sale of one product. It is a record of what happened, so it is not edited."""

    date = models.DateField()
    # RESTRICT, not PROTECT: a product that was sold stays, but a whole business can be deleted.
    product = models.ForeignKey(
        Product, on_delete=models.RESTRICT, db_constraint=False, db_index=False, related_name="+"
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    quantity = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=14, decimal_places=2, validators=[not_negative])
    payment_method = models.CharField(
        max_length=10, choices=PaymentMethod.choices, default=PaymentMethod.CASH
    )
    idempotency_key = models.CharField(max_length=80, null=True, blank=True, editable=False)
    # SHA-256 of the body that came with the key, so that a repeat is told from another request.
    request_digest = models.CharField(max_length=64, null=True, blank=True, editable=False)

    class Meta(TenantModel.Meta):
        indexes: ClassVar = [
            # What it includes is what the dashboard adds up, which so need not look at the rows themselves.
            models.Index(
                fields=["business", "-date", "-id"],
                include=["product", "quantity", "amount"],
                name="transaction_by_date",
            ),
            # A product and a customer belong to one business, so it need not lead here; a cascade asks
            # without it.
            models.Index(fields=["product", "-date", "-id"], name="transaction_of_product"),
            models.Index(fields=["customer", "-date", "-id"], name="transaction_of_customer"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["business", "idempotency_key"],
                name="transaction_idempotency",
                condition=Q(idempotency_key__isnull=False),
            ),
            Check(
                that=Q(quantity__gt=0),
                name="transaction_quantity_positive",
                violation_error_message="The quantity has to be more than zero.",
            ),
            between("amount", 0, HIGHEST_AMOUNT, name="transaction_amount_not_negative"),
            between("date", FIRST_DAY, LAST_DAY, name="transaction_date_sane"),
            one_of("payment_method", PaymentMethod, name="transaction_payment_method"),
            SameTenant(field="product", name="transaction_product_same_tenant"),
            SameTenant(field="customer", name="transaction_customer_same_tenant"),
            TenantPolicy(name="transaction_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.quantity} x {self.product_id}"
