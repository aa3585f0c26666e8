"""Many rows in little time, by INSERT … SELECT: for plans, which depend on how many there are."""

from datetime import date
from typing import Any

from django.db import connection

from apps.auth.models import Business
from apps.core.tenancy import scope

PRODUCTS = """
INSERT INTO transactions_product
    (business_id, name, sku, unit_price, current_stock, reorder_point, created_at, updated_at)
SELECT business, 'Product ' || (n * 7919) %% 1000, 'SKU-' || n, 10 + n %% 90, n %% 100, 10, now(), now()
FROM unnest(%(shops)s) AS business, generate_series(1, %(products)s) AS n
"""

CUSTOMERS = """
INSERT INTO transactions_customer (business_id, name, phone, email, created_at, updated_at)
SELECT business, 'Customer ' || (n * 7919) %% 1000, '', '', now(), now()
FROM unnest(%(shops)s) AS business, generate_series(1, %(customers)s) AS n
"""

# As in life, a few products and customers have most of the sales, and the sales of a shop lie scattered over
# the table, because the shops take turns.
SALES = """
WITH product AS (
    SELECT business_id, array_agg(id) AS ids FROM transactions_product GROUP BY business_id
), customer AS (
    SELECT business_id, array_agg(id) AS ids FROM transactions_customer GROUP BY business_id
)
INSERT INTO transactions_transaction
    (business_id, date, product_id, customer_id, quantity, amount, payment_method, created_at, updated_at)
SELECT business, %(last)s::date - %(days)s + n * %(days)s / %(sales)s,
    product.ids[ceil(power((1 + n * 7919 %% 1000) / 1000.0, 4) * cardinality(product.ids))],
    customer.ids[ceil(power((1 + n * 7907 %% 1000) / 1000.0, 4) * cardinality(customer.ids))],
    1 + n %% 3, 10 + n %% 90, (ARRAY['cash', 'bkash', 'nagad', 'card'])[1 + n %% 4], now(), now()
FROM generate_series(1, %(sales)s) AS n, unnest(%(shops)s) AS business
    JOIN product ON product.business_id = business JOIN customer ON customer.business_id = business
"""

ROWS = {
    "transactions_product": PRODUCTS,
    "transactions_customer": CUSTOMERS,
    "transactions_transaction": SALES,
}


def fill(shops: list[Business], *, products: int, customers: int, sales: int, days: int, last: date) -> None:
    """Give every shop so many products, customers and sales, the sales on the `days` up to `last`."""
    values: dict[str, Any] = {
        "shops": [shop.pk for shop in shops],
        "products": products,
        "customers": customers,
        "sales": sales,
        "days": days,
        "last": last,
    }
    with scope.every_business(), connection.cursor() as cursor:
        # Each at once: a foreign key that was first checked on an empty table goes on reading it in full.
        for table, statement in ROWS.items():
            cursor.execute(statement, values)
            cursor.execute(f"ANALYZE {table}")
