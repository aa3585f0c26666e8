"""Making what is missing of the demo data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from apps.auth.demo import NotADemoUser, demo_hash, update_passwords
from apps.core.seeding import survey
from apps.core.seeding.filling import Added, Afterwards, Recipe, fill
from apps.core.seeding.progress import Progress
from apps.core.seeding.session import unhurried
from apps.core.seeding.shop import Counts
from apps.core.seeding.survey import Gap
from apps.core.tenancy import scope


@dataclass(frozen=True)
class Wanted:
    """Demo shops 1 to `users`, each with so much in it. as_of: the last day of their history; without one it
    is that of the demo data which is there already, or today.
    """

    users: int
    counts: Counts = Counts()
    as_of: date | None = None


@dataclass
class Seeded:
    """What a run has added."""

    businesses: int = 0
    products: int = 0
    customers: int = 0
    transactions: int = 0
    passwords_updated: int = 0

    @property
    def rows(self) -> int:
        return self.businesses + self.products + self.customers + self.transactions

    def add(self, added: Added) -> None:
        self.businesses += added.businesses
        self.products += added.counts.products
        self.customers += added.counts.customers
        self.transactions += added.counts.transactions


def leave_it_at_that(business_ids: Sequence[int]) -> None:
    """Nothing is done afterwards."""


def allow(*, password: str, force: bool) -> None:
    """Let demo data be made.

    Raises:
        CommandError: outside DEBUG without `force`, or without a password.
    """
    if not settings.DEBUG and not force:
        raise CommandError("Demo data does not belong in production. If it must be: seed_demo --force")
    if not password:
        raise CommandError("There is no password for the demo users. Set DEMO_PASSWORD, or pass --password.")


def seed(
    wanted: Wanted, *, password: str, progress: Progress, afterwards: Afterwards = leave_it_at_that
) -> Seeded:
    """Add what is missing. Of what is there nothing changes, but the demo users' passwords under DEBUG.

    Interrupted, it has added some of the shops, each one entirely, and the next run adds the others.

    Raises:
        CommandError: a demo address is taken, or the demo data that is there has another last day.
    """
    with scope.every_business(), unhurried():
        gaps, as_of, seeded = _gaps(wanted), _as_of(wanted), Seeded()
        if gaps:
            complete = wanted.users - len(gaps)
            for added in fill(gaps, Recipe(wanted.counts, as_of, demo_hash(password)), afterwards):
                seeded.add(added)
                complete += added.shops
                progress.added(complete, seeded.transactions, seeded.rows, of=wanted.users)
        seeded.passwords_updated = update_passwords(users=wanted.users, password=password)
    return seeded


def summary(seeded: Seeded) -> str:
    return (
        f"{seeded.businesses} demo businesses and {seeded.transactions} transactions added, "
        f"{seeded.passwords_updated} passwords updated"
    )


def _gaps(wanted: Wanted) -> list[Gap]:
    try:
        return survey.gaps(wanted.users, wanted.counts)
    except NotADemoUser as error:
        raise CommandError(f"{error} belongs to a real business; nothing was changed.") from error


def _as_of(wanted: Wanted) -> date:
    there = survey.as_of()
    if there and wanted.as_of and there != wanted.as_of:
        raise CommandError(f"The demo data is as of {there}; --reset makes it anew as of {wanted.as_of}.")
    return there or wanted.as_of or timezone.localdate()
