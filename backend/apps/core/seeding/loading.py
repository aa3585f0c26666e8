"""Rows into the tables of the businesses, many at a time.

COPY into a table with row level security is refused to the role that it binds, so the rows are copied into
temporary tables and inserted from there. That takes the server little more than COPY takes it without row
level security: the constraints and indexes are most of the work. The same rows as arrays, by unnest(), take a
tenth more.

What is there already has the same natural key, and stays as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any, Protocol

from django.db import connection

from apps.core.seeding.shop import Counts, Shop

# A piece is half a megabyte at most: large enough to be few, small enough to have some of them in memory.
PIECE_LINES = 5_000


class Readable(Protocol):
    """A file, as COPY sees it."""

    def read(self, size: int = -1) -> bytes: ...


TEMPORARY_TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS seed_shop (number integer, business_id bigint);
CREATE TEMPORARY TABLE IF NOT EXISTS seed_product (
    number integer, sku text COLLATE "C", name text, unit_price numeric, current_stock integer,
    reorder_point integer);
CREATE TEMPORARY TABLE IF NOT EXISTS seed_customer (
    number integer, phone text COLLATE "C", name text, email text);
CREATE TEMPORARY TABLE IF NOT EXISTS seed_transaction (
    number integer, idempotency_key text, date date, sku text COLLATE "C", phone text COLLATE "C",
    quantity integer, amount numeric, payment_method text);
CREATE TEMPORARY TABLE IF NOT EXISTS seed_id (business_id bigint, key text COLLATE "C", id bigint);
"""
EMPTY = "TRUNCATE seed_shop, seed_product, seed_customer, seed_transaction, seed_id"

SHOPS = "INSERT INTO seed_shop SELECT * FROM unnest(%s, %s::bigint[])"

PRODUCTS = """
INSERT INTO transactions_product
    (business_id, name, sku, unit_price, current_stock, reorder_point, created_at, updated_at)
SELECT business_id, name, sku, unit_price, current_stock, reorder_point, %(opened)s, %(opened)s
FROM seed_product JOIN seed_shop USING (number)
ORDER BY number, sku
"""

CUSTOMERS = """
INSERT INTO transactions_customer (business_id, name, phone, email, created_at, updated_at)
SELECT business_id, name, phone, email, %(opened)s, %(opened)s
FROM seed_customer JOIN seed_shop USING (number)
ORDER BY number, phone
"""

# Joined to the tables themselves, sales would be as slow as the planner's guesses at row security are bad.
IDS = """
INSERT INTO seed_id
SELECT business_id, sku, id FROM transactions_product
WHERE business_id = ANY(%(businesses)s) AND sku LIKE 'DEMO-%%'
UNION ALL
SELECT business_id, phone, id FROM transactions_customer
WHERE business_id = ANY(%(businesses)s) AND phone LIKE '012%%'
"""
ANALYZE_REFERRED = "ANALYZE transactions_product, transactions_customer"
WORTH_ANALYZING_ROWS = 1_000

# By date, so that the ids are in its order too and a page of sales is on few pages of the disk.
TRANSACTIONS = """
INSERT INTO transactions_transaction
    (business_id, date, product_id, customer_id, quantity, amount, payment_method, idempotency_key,
     created_at, updated_at)
SELECT shop.business_id, sale.date, product.id, customer.id, sale.quantity, sale.amount,
       sale.payment_method, sale.idempotency_key, %(opened)s, %(opened)s
FROM seed_transaction sale
JOIN seed_shop shop USING (number)
JOIN seed_id product ON (product.business_id, product.key) = (shop.business_id, sale.sku)
LEFT JOIN seed_id customer ON (customer.business_id, customer.key) = (shop.business_id, sale.phone)
ORDER BY number, sale.date
"""


@dataclass(frozen=True)
class Step:
    """One of the tables.

    lines: a shop's lines for the temporary table. insert: how its rows go on from there. unless_there: what
    leaves alone those that are there; it takes a quarter longer, so new shops do without. refers: to rows of
    the tables before it.
    """

    lines: Callable[[Shop], Iterator[str]]
    table: str
    insert: str
    unless_there: str
    refers: bool = False


STEPS = (
    Step(Shop.product_lines, "seed_product", PRODUCTS, "ON CONFLICT (business_id, sku) DO NOTHING"),
    Step(
        Shop.customer_lines,
        "seed_customer",
        CUSTOMERS,
        "ON CONFLICT (business_id, phone) WHERE NOT phone = '' DO NOTHING",
    ),
    Step(
        Shop.transaction_lines,
        "seed_transaction",
        TRANSACTIONS,
        "ON CONFLICT (business_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING",
        refers=True,
    ),
)


def pieces(batches: Iterable[Sequence[Shop]]) -> Iterator[bytes]:
    """Yield what a Loading reads for these batches: the lines for each table in turn, and after each an empty
    piece, which is the end of a file.
    """
    for shops in batches:
        for step in STEPS:
            lines = chain.from_iterable(step.lines(shop) for shop in shops)
            while piece := "".join(islice(lines, PIECE_LINES)).encode():
                yield piece
            yield b""


class Loading:
    """Rows on their way into the database.

    lines: what `pieces` yields. opened: the moment at which every row was made, as far as anybody can see.
    """

    def __init__(self, lines: Readable, opened: datetime) -> None:
        self._lines, self._opened = lines, opened
        self._referred = 0

    def fill_new(self, businesses: Mapping[int, int]) -> Counts:
        """Fill shops that have nothing yet, whose numbers and ids these are; return how much that was."""
        return self._load(businesses, [step.insert for step in STEPS])

    def fill_up(self, businesses: Mapping[int, int]) -> Counts:
        """Add to shops what is not there yet; return how much that was."""
        return self._load(businesses, [step.insert + step.unless_there for step in STEPS])

    def _load(self, businesses: Mapping[int, int], inserts: list[str]) -> Counts:
        parameters: dict[str, Any] = {"opened": self._opened, "businesses": list(businesses.values())}
        added: list[int] = []
        with connection.cursor() as cursor:
            cursor.execute(TEMPORARY_TABLES + EMPTY)
            cursor.execute(SHOPS, [list(businesses), list(businesses.values())])
            for step, insert in zip(STEPS, inserts, strict=True):
                if step.refers:
                    self._analyze_once(cursor, sum(added))
                    cursor.execute(IDS, parameters)
                cursor.copy_expert(f"COPY {step.table} FROM STDIN", self._lines)
                cursor.execute(insert, parameters)
                added.append(cursor.rowcount)
        return Counts(*added)

    def _analyze_once(self, cursor: Any, rows: int) -> None:
        """PostgreSQL plans the check of a foreign key once a session, at the first row that is checked. Where
        it believes that the other table is next to empty, as after --reset, any index will do; a wrong one
        was seen to make the seed of one large shop four times as long.
        """
        if self._referred < WORTH_ANALYZING_ROWS <= self._referred + rows:
            cursor.execute(ANALYZE_REFERRED)
        self._referred += rows
