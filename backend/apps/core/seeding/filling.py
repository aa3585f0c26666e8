"""Filling demo shops, a batch of them in each transaction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial

from django.db import connection, transaction
from django.utils import timezone

from apps.auth.demo import demo_email, open_businesses
from apps.auth.models import Business, User
from apps.core.seeding.ahead import Ahead
from apps.core.seeding.loading import Loading, pieces
from apps.core.seeding.shop import Counts, Shop
from apps.core.seeding.survey import Gap

# What is done with the ids of businesses that were added to, once that is committed.
Afterwards = Callable[[Sequence[int]], None]
# The first shops are the ones that somebody logs in to; afterwards is for them only.
LOOKED_AT = 20

# Large enough that the statements around the rows do not count, small enough to take a fifth of a second.
BATCH_ROWS = 10_000

# From so many rows on the planner had better be told at once, rather than when autovacuum comes round.
WORTH_ANALYZING_ROWS = 10_000
ANALYZE = """
ANALYZE accounts_business, accounts_user,
    transactions_product, transactions_customer, transactions_transaction
"""


@dataclass(frozen=True)
class Recipe:
    """What makes the shops of a run. password: the hash that new users get."""

    counts: Counts
    as_of: date
    password: str

    def shop(self, number: int) -> Shop:
        return Shop(number, self.counts, self.as_of)

    @property
    def opened(self) -> datetime:
        """When everything was entered, as far as anybody can see; the next run reads `as_of` from it."""
        return timezone.make_aware(datetime.combine(self.as_of, time.min))


@dataclass(frozen=True)
class Added:
    """What one batch has added to so many shops, which are complete now."""

    shops: int
    businesses: int
    counts: Counts

    @property
    def rows(self) -> int:
        return self.businesses + self.counts.rows


def fill(gaps: Sequence[Gap], recipe: Recipe, afterwards: Afterwards) -> Iterator[Added]:
    """Fill the gaps; yield what each batch has added once that is committed."""
    new, begun = [gap for gap in gaps if gap.is_new], [gap for gap in gaps if not gap.is_new]
    batches = [*_batches(new, recipe.counts), *_batches(begun, recipe.counts)]
    shops = ([recipe.shop(gap.number) for gap in batch] for batch in batches)
    rows = 0
    with Ahead(pieces(shops)) as lines:
        loading = Loading(lines, recipe.opened)
        for batch in batches:
            added = _fill_batch(batch, recipe, loading, afterwards)
            rows += added.rows
            yield added
        if rows >= WORTH_ANALYZING_ROWS:
            with connection.cursor() as cursor:
                cursor.execute(ANALYZE)


def _batches(gaps: list[Gap], counts: Counts) -> Iterator[list[Gap]]:
    size = max(1, BATCH_ROWS // (counts.rows + 1))
    for first in range(0, len(gaps), size):
        yield gaps[first : first + size]


@transaction.atomic
def _fill_batch(batch: list[Gap], recipe: Recipe, loading: Loading, afterwards: Afterwards) -> Added:
    """All of the batch is new, or none of it."""
    begun = {gap.number: gap.business for gap in batch if gap.business is not None}
    if begun:
        opened, businesses = 0, begun
        counts = loading.fill_up(businesses)
    else:
        businesses = _open([recipe.shop(gap.number) for gap in batch], recipe)
        opened, counts = len(businesses), loading.fill_new(businesses)
    if first := [business for number, business in businesses.items() if number <= LOOKED_AT]:
        transaction.on_commit(partial(afterwards, first))
    return Added(len(batch), opened, counts)


def _open(shops: Sequence[Shop], recipe: Recipe) -> dict[int, int]:
    """Store the businesses with their owners; return the ids of the businesses by number."""
    made = open_businesses(
        [Business(name=shop.name, type=shop.type, is_demo=True) for shop in shops],
        [
            User(email=demo_email(shop.number), first_name=shop.owner, password=recipe.password)
            for shop in shops
        ],
        at=recipe.opened,
    )
    return {shop.number: business.pk for shop, business in zip(shops, made, strict=True)}
