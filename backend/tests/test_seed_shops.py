"""What the demo shops are like, before any database is asked."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.auth.models import BusinessType
from apps.core.seeding import keys, seasons
from apps.core.seeding.goods import assortment
from apps.core.seeding.shop import Counts, Shop
from apps.transactions.models import PaymentMethod, phone_characters, sku_characters
from tests.support.processes import environment, python

AS_OF = date(2026, 1, 31)
BANGLA = re.compile(r"[\u0980-\u09ff]")
GOLDEN = "3a90104cee82a39705c579897416e0be92f79ac1b33681bf851677faee615e24"
FIRST_LINES = """
import django, hashlib
from datetime import date
django.setup()
from apps.core.seeding.shop import Counts, Shop
shops = [Shop(number, Counts(), date(2026, 1, 31)) for number in (1, 2, 9_999)]
lines = [(shop.name, shop.owner, *shop.product_lines(), *shop.customer_lines(), *shop.transaction_lines())
         for shop in shops]
print(hashlib.sha256(repr(lines).encode()).hexdigest())
"""


@dataclass(frozen=True)
class Sale:
    day: date
    sku: str
    phone: str
    quantity: int
    amount: Decimal
    method: str


def sales(shop: Shop) -> Iterator[Sale]:
    for line in shop.transaction_lines():
        _, _, day, sku, phone, quantity, amount, method = line.rstrip("\n").split("\t")
        yield Sale(date.fromisoformat(day), sku, phone, int(quantity), Decimal(amount), method)


def one_of_each_type(counts: Counts) -> list[Shop]:
    return [Shop(number, counts, AS_OF) for number in range(1, len(BusinessType.values) + 1)]


def share_of_the_best_fifth(counted: Counter[str], of: int) -> float:
    return sum(count for _, count in counted.most_common(of // 5)) / counted.total()


@pytest.mark.parametrize("hash_seed", ["0", "12345"])
def test_a_shop_is_the_same_in_every_process_and_on_every_machine(hash_seed: str) -> None:
    outcome = python("-c", FIRST_LINES, env=environment(PYTHONHASHSEED=hash_seed))
    assert outcome.stdout.strip() == GOLDEN, outcome.stderr


def test_more_products_customers_or_sales_leave_the_first_ones_as_they_are() -> None:
    few, many = Shop(7, Counts(5, 8, 20), AS_OF), Shop(7, Counts(400, 500, 20), AS_OF)
    assert many.products[:5] == few.products
    assert many.customers[:8] == few.customers
    longer = Shop(7, Counts(5, 8, 300), AS_OF)
    assert list(longer.transaction_lines())[:20] == list(few.transaction_lines())


def test_every_type_of_business_has_goods_of_its_own_with_bangla_names_and_a_pack() -> None:
    shelves = [set(assortment(kind, 30)) for kind in BusinessType.values]
    assert len(set.union(*shelves)) == 30 * len(shelves)
    for shop in one_of_each_type(Counts(400, 50, 0)):
        names = [product.name for product in shop.products]
        assert len(set(names)) == 400
        assert all(BANGLA.search(name) and ", " in name for name in names)


def test_keys_are_valid_and_unlike_each_other() -> None:
    shops = [Shop(number, Counts(30, 50, 0), AS_OF) for number in (1, 2, 3, 10_000)]
    phones = [customer.phone for shop in shops for customer in shop.customers]
    assert len(set(phones)) == len(phones)
    for phone in phones:
        phone_characters(phone)
        assert re.fullmatch(r"012\d{8}", phone), "013 to 019 are real people's"
    for number in (1, keys.MOST_PRODUCTS):
        sku_characters(keys.sku(number))
    assert len(keys.sale(1)) == len(keys.sale(keys.MOST_TRANSACTIONS))


def test_nobody_can_be_written_to_or_rung_up() -> None:
    emails = [customer.email for customer in Shop(1, Counts(1, 500, 0), AS_OF).customers]
    assert all(email.endswith("@example.com") for email in emails if email)
    assert 0.2 < sum(map(bool, emails)) / 500 < 0.6


def test_lines_hold_nothing_that_copy_would_misread() -> None:
    for shop in one_of_each_type(Counts(300, 300, 50)):
        texts = [shop.name, shop.owner, *(p.name for p in shop.products), *(c.name for c in shop.customers)]
        assert not re.search(r"[\t\n\\]", "".join(texts))
        assert all(line.count("\t") == 5 and line.endswith("\n") for line in shop.product_lines())
        assert all(line.count("\t") == 3 and line.endswith("\n") for line in shop.customer_lines())
        assert all(line.count("\t") == 7 and line.endswith("\n") for line in shop.transaction_lines())


def test_what_is_paid_is_the_price_times_the_quantity() -> None:
    for shop in one_of_each_type(Counts(30, 50, 200)):
        prices = {product.sku: Decimal(product.paisa) / 100 for product in shop.products}
        assert min(prices.values()) > 0
        for sale in sales(shop):
            assert sale.amount == prices[sale.sku] * sale.quantity
            assert 1 <= sale.quantity <= 12
            assert sale.method in PaymentMethod.values
            assert sale.method != "credit" or sale.phone != r"\N"


def test_a_few_products_and_customers_make_most_of_the_sales() -> None:
    for shop in one_of_each_type(Counts(30, 50, 3_000)):
        made = list(sales(shop))
        assert share_of_the_best_fifth(Counter(sale.sku for sale in made), of=30) > 0.35
        known = [sale.phone for sale in made if sale.phone != r"\N"]
        assert share_of_the_best_fifth(Counter(known), of=50) > 0.35
        assert 0.7 < len(known) / len(made) < 0.9


def test_some_products_are_low_and_no_stock_is_negative() -> None:
    products = Shop(1, Counts(), AS_OF).products
    low = [product for product in products if product.stock <= product.reorder_point]
    assert [product.sku for product in low] == ["DEMO-0003", "DEMO-0013", "DEMO-0023"]
    assert [product.stock for product in products].count(0) == 1
    assert min(product.stock for product in products) == 0


def test_some_customers_have_stopped_coming_and_some_are_new() -> None:
    shop = Shop(1, Counts(30, 200, 10_000), AS_OF)
    days: dict[str, list[date]] = {}
    for sale in sales(shop):
        days.setdefault(sale.phone, []).append(sale.day)
    quiet, recent = AS_OF - timedelta(days=60), AS_OF - timedelta(days=61)
    lost = [phone for phone, seen in days.items() if max(seen) < quiet]
    new = [phone for phone, seen in days.items() if min(seen) > recent]
    assert 25 <= len(lost) <= 65
    assert 15 <= len(new) <= 50


def test_sales_are_of_the_year_before_the_last_day_and_grow() -> None:
    days = [sale.day for sale in sales(Shop(6, Counts(30, 50, 4_000), AS_OF))]
    assert max(days) == AS_OF
    assert min(days) > AS_OF - timedelta(days=365)
    recent = sum(day > AS_OF - timedelta(days=90) for day in days)
    oldest = sum(day <= AS_OF - timedelta(days=275) for day in days)
    assert recent > 1.2 * oldest


def test_fridays_are_busy_for_clothes_and_eid_is_quiet_after_a_rush() -> None:
    kind = BusinessType.CLOTHING
    weights = seasons.cumulative_weights(kind, date(2025, 12, 31))
    daily = dict(zip(seasons.history(date(2025, 12, 31)), [b - a for a, b in zip([0.0, *weights], weights)]))
    assert daily["2025-08-08"] > 1.5 * daily["2025-08-11"]
    assert seasons.eid_ul_fitr(1446) == date(2025, 3, 31)
    assert daily["2025-03-28"] > 3 * daily["2025-02-21"]
    assert daily["2025-03-31"] < 0.3 * daily["2025-03-30"]


@pytest.mark.parametrize(
    ("hijri_year", "fitr", "adha"),
    [
        (1444, date(2023, 4, 22), date(2023, 6, 29)),
        (1446, date(2025, 3, 31), date(2025, 6, 7)),
    ],
)
def test_eid_is_when_it_was_in_bangladesh(hijri_year: int, fitr: date, adha: date) -> None:
    assert (seasons.eid_ul_fitr(hijri_year), seasons.eid_ul_adha(hijri_year)) == (fitr, adha)


def test_the_first_shop_is_a_grocery() -> None:
    shop = Shop(1, Counts(), AS_OF)
    assert shop.type == BusinessType.GROCERY
    assert BANGLA.search(shop.name) and BANGLA.search(shop.owner)
