"""What is on the shelf of a demo shop."""

from typing import NamedTuple

from apps.core.seeding import keys
from apps.core.seeding.draws import Draw, draws
from apps.core.seeding.goods import assortment

PAISA = 100  # in a taka

# A customer spends about this much at most on one kind of goods, and takes no more pieces than that.
TAKA_AT_ONCE, PIECES_AT_ONCE = 1_500, 12

# The smaller it is, the more of what is sold is the same few goods: of 0.03, a fifth of them is 58 %.
EVENNESS = 0.03

# Of ten goods one is to be ordered again, and of twenty one is sold out.
LOW_EVERY, SOLD_OUT_EVERY, FIRST_LOW, FIRST_SOLD_OUT = 10, 20, 3, 13


class Product(NamedTuple):
    """most: of which nobody takes more at once. popularity: its share of the sales, in no unit."""

    sku: str
    name: str
    paisa: int
    stock: int
    reorder_point: int
    most: int
    popularity: float


def products(shop: int, business_type: str, count: int) -> list[Product]:
    draw = draws(shop, "products")
    goods = assortment(business_type, count)
    return [_product(number, name, taka, draw) for number, (name, taka) in enumerate(goods, 1)]


def _product(number: int, name: str, taka: int, draw: Draw) -> Product:
    most = max(1, min(PIECES_AT_ONCE, TAKA_AT_ONCE // taka))
    paisa = _rounded(taka * (92 + int(draw() * 17)))
    reorder_point = most * (2 + int(draw() * 3))
    stock = _stock(number, reorder_point, draw())
    return Product(keys.sku(number), name, paisa, stock, reorder_point, most, 1 / (draw() + EVENNESS))


def _rounded(paisa: int) -> int:
    """A price as one writes it on a label."""
    step = 50 if paisa < 5_000 else 100 if paisa < 20_000 else 500 if paisa < 100_000 else 1_000
    return max(step, (paisa + step // 2) // step * step)


def _stock(number: int, reorder_point: int, drawn: float) -> int:
    if number % SOLD_OUT_EVERY == FIRST_SOLD_OUT:
        return 0
    if number % LOW_EVERY == FIRST_LOW:
        return 1 + int(drawn * reorder_point)
    return reorder_point + 1 + int(drawn * 4 * reorder_point)
