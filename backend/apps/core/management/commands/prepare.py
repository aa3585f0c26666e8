import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.locks import LockTimeout, advisory_lock
from apps.core.seeding import Progress, Wanted, allow, seed, silence, summary
from apps.core.start import (
    START_LOCK,
    START_LOCK_WAIT_SECONDS,
    DatabaseUnavailable,
    apply_migrations,
    wait_for_database,
)


class Command(BaseCommand):
    help = "Make the database ready for this code: wait for it, migrate it, seed it. Run before every start."
    # They import every route, which takes longer than the rest of this command; CI runs them.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seed-users", type=int, default=0, help="how many demo users there should be (0)"
        )
        parser.add_argument(
            "--wait-db", type=float, default=30.0, help="seconds to wait for the database (30)"
        )

    def handle(self, *args: Any, seed_users: int, wait_db: float, **options: Any) -> None:
        with self._phase("database") as outcome:
            self._wait(wait_db)
            outcome.append("ready")
        try:
            with advisory_lock(START_LOCK, wait_seconds=START_LOCK_WAIT_SECONDS):
                self._make_ready(seed_users)
        except LockTimeout as error:
            raise CommandError("Another start still migrates or seeds this database.") from error

    def _wait(self, seconds: float) -> None:
        try:
            wait_for_database(seconds)
        except DatabaseUnavailable as error:
            raise CommandError(f"The database does not accept connections: {error}") from error

    def _make_ready(self, seed_users: int) -> None:
        with self._phase("migrate") as outcome:
            applied = apply_migrations()
            outcome.append(f"{applied} migrations applied")
        if seed_users > 0:
            with self._phase("seed") as outcome:
                allow(password=settings.DEMO_PASSWORD, force=False)
                wanted, progress = Wanted(seed_users), Progress(silence)
                outcome.append(summary(seed(wanted, password=settings.DEMO_PASSWORD, progress=progress)))

    @contextmanager
    def _phase(self, name: str) -> Iterator[list[str]]:
        """Print one line about what the block did, and how many milliseconds it took."""
        started = time.perf_counter()
        outcome: list[str] = []
        yield outcome
        milliseconds = (time.perf_counter() - started) * 1000
        self.stdout.write(f"{name}: {', '.join(outcome)} ({milliseconds:.0f} ms)")
        self.stdout.flush()
