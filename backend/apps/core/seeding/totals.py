"""What the demo data amounts to, read from the database: how many rows, and a checksum of what they say."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from apps.auth.demo import DEMO_BUSINESSES
from apps.core.seeding.session import unhurried
from apps.core.seeding.survey import as_of
from apps.core.tenancy import scope

# What rows say, not their ids and timestamps, and in whatever order they are: the sum of their hashes.
# SHA-256 is the same in every PostgreSQL, which hashtext() need not be, and is there where MD5 is forbidden.
HASH = (
    "('x' || encode(substr(sha256(convert_to(concat_ws(E'\\x1f', {values}), 'UTF8')), 1, 8), 'hex'))::bit(64)"
)
TOTAL = f"SELECT count(*), coalesce(sum({HASH}::bigint), 0) FROM {{rows}}"

DEMO = f"({DEMO_BUSINESSES}) demo"

BUSINESSES = TOTAL.format(values="demo.email, demo.first_name, demo.name, demo.type", rows=DEMO)
PRODUCTS = TOTAL.format(
    values="demo.email, product.sku, product.name, product.unit_price, product.current_stock, "
    "product.reorder_point",
    rows=f"transactions_product product JOIN {DEMO} ON demo.id = product.business_id",
)
CUSTOMERS = TOTAL.format(
    values="demo.email, customer.phone, customer.name, customer.email",
    rows=f"transactions_customer customer JOIN {DEMO} ON demo.id = customer.business_id",
)
# A day is a number, as its text depends on the session. What may be NULL keeps its place.
TRANSACTIONS = TOTAL.format(
    values="demo.email, sale.date - DATE '2000-01-01', product.sku, coalesce(customer.phone, ''), "
    "sale.quantity, sale.amount, sale.payment_method, coalesce(sale.idempotency_key, '')",
    rows=f"transactions_transaction sale JOIN {DEMO} ON demo.id = sale.business_id "
    "JOIN transactions_product product ON product.id = sale.product_id "
    "LEFT JOIN transactions_customer customer ON customer.id = sale.customer_id",
)

# Row level security makes the planner expect next to nothing, and for that nested loops would do.
FOR_MANY_ROWS = "SET LOCAL enable_nestloop = off; SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"


@dataclass(frozen=True)
class Totals:
    """What there is of the demo data, in all."""

    businesses: int
    products: int
    customers: int
    transactions: int
    checksum: str
    as_of: date | None


def totals() -> Totals:
    """Count and hash all of the demo data: about two seconds for a million sales."""
    with scope.every_business(), unhurried(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FOR_MANY_ROWS)
        found = [_total(cursor, query) for query in (BUSINESSES, PRODUCTS, CUSTOMERS, TRANSACTIONS)]
        last_day = as_of()
    businesses, products, customers, transactions = (count for count, _ in found)
    text = ",".join(f"{count}:{hashes}" for count, hashes in found)
    checksum = sha256(text.encode()).hexdigest()[:16]
    return Totals(businesses, products, customers, transactions, checksum, last_day)


def _total(cursor: Any, query: str) -> tuple[int, int]:
    cursor.execute(query)
    count, hashes = cursor.fetchone()
    return count, int(hashes)
