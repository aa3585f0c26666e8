import json
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import seeding
from apps.core.locks import LockTimeout, advisory_lock
from apps.core.seeding import Counts, Progress, Seeded, Totals, Wanted, keys
from apps.core.seeding.aftermath import after_seeding
from apps.core.seeding.seasons import HISTORY_DAYS
from apps.core.start import START_LOCK, START_LOCK_WAIT_SECONDS
from apps.transactions.models import FIRST_DAY, LAST_DAY

TABLES = ("businesses", "products", "customers", "transactions")
MOST_USERS = 100_000


def whole(low: int, high: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ArgumentTypeError(f"{text} is not a whole number from {low} to {high}")
        return int(text)

    return number


def day(text: str) -> date:
    first = FIRST_DAY + timedelta(days=HISTORY_DAYS)
    try:
        given = date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not a day such as 2026-01-31") from error
    if not first <= given <= LAST_DAY:
        raise ArgumentTypeError(f"{text} is not a day from {first} to {LAST_DAY}")
    return given


class Command(BaseCommand):
    help = "Make demo shops with everything in them, or what is missing of them; run it as often as you like."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        counts = Counts()
        add = parser.add_argument
        add("--users", type=whole(0, MOST_USERS), default=1, help="how many, each with a shop (1)")
        for name, most in (
            ("products", keys.MOST_PRODUCTS),
            ("customers", keys.MOST_CUSTOMERS),
            ("transactions", keys.MOST_TRANSACTIONS),
        ):
            usual = getattr(counts, name)
            add(f"--{name}", type=whole(0, most), default=usual, help=f"in each shop ({usual})")
        add("--as-of", type=day, metavar="DAY", help="their last day; default: as it is, or today")
        add("--reset", action="store_true", help="remove all demo shops first")
        add("--password", default=settings.DEMO_PASSWORD, help="default: DEMO_PASSWORD")
        add("--force", action="store_true", help="also where DJANGO_DEBUG is off")
        add("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, reset: bool, password: str, force: bool, **options: Any) -> None:
        counts = Counts(options["products"], options["customers"], options["transactions"])
        if counts.transactions and not counts.products:
            raise CommandError(
                "Without --products there is nothing to sell: --transactions 0, or more products."
            )
        seeding.allow(password=password, force=force)
        wanted, progress = Wanted(options["users"], counts, options["as_of"]), Progress(self._tell)
        began = time.monotonic()
        try:
            with advisory_lock(START_LOCK, wait_seconds=START_LOCK_WAIT_SECONDS):
                if reset:
                    seeding.remove(progress)
                seeded = seeding.seed(wanted, password=password, progress=progress, afterwards=after_seeding)
                totals = seeding.totals()
        except LockTimeout as error:
            raise CommandError("Another start still migrates or seeds this database.") from error
        show = self._show_json if options["json"] else self._show
        show(wanted, seeded, totals, time.monotonic() - began)

    def _tell(self, line: str) -> None:
        self.stderr.write(line, style_func=str)
        self.stderr.flush()

    def _show(self, wanted: Wanted, seeded: Seeded, totals: Totals, seconds: float) -> None:
        self.stdout.write(f"{'':12} {'added':>10} {'there are':>10}")
        for table in TABLES:
            self.stdout.write(f"{table:12} {getattr(seeded, table):>10} {getattr(totals, table):>10}")
        self.stdout.write(f"as of {totals.as_of}, checksum {totals.checksum}, {seconds:.1f} s")

    def _show_json(self, wanted: Wanted, seeded: Seeded, totals: Totals, seconds: float) -> None:
        document = {
            "users": wanted.users,
            "created": {table: getattr(seeded, table) for table in TABLES},
            "totals": {table: getattr(totals, table) for table in TABLES},
            "checksum": totals.checksum,
            "as_of": totals.as_of and totals.as_of.isoformat(),
            "passwords_updated": seeded.passwords_updated,
            "seconds": round(seconds, 3),
        }
        self.stdout.write(json.dumps(document))
