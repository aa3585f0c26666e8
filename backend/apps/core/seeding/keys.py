"""The natural keys by which rows of the demo data are known again; of one width, so that ranges are in order.

A developer's own rows in a demo shop have other keys, and are neither counted nor touched.
"""

MOST_PRODUCTS = MOST_CUSTOMERS = 9_999
MOST_TRANSACTIONS = 9_999_999


def sku(product: int) -> str:
    return f"DEMO-{product:04}"


def phone(shop: int, customer: int) -> str:
    """Mobile numbers in Bangladesh begin with 013 to 019; nobody has 012 (National Numbering Plan 2017)."""
    return f"012{shop % 10_000:04}{customer:04}"


def phone_sql(shop: str, customer: str) -> str:
    """Return the same for PostgreSQL, of two expressions."""
    return f"concat('012', to_char({shop} %% 10000, 'FM0000'), to_char({customer}, 'FM0000'))"


def sale(number: int) -> str:
    """Return the idempotency key of a sale."""
    return f"demo-{number:07}"
