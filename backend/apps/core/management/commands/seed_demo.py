from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.locks import LockTimeout, advisory_lock
from apps.core.seeding import seed, summary
from apps.core.start import START_LOCK, START_LOCK_WAIT_SECONDS


class Command(BaseCommand):
    help = "Make the demo businesses and their users, or what is missing of them."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--users", type=int, default=1, help="how many demo users there should be (1)")
        parser.add_argument("--password", default=settings.DEMO_PASSWORD, help="default: DEMO_PASSWORD")
        parser.add_argument("--force", action="store_true", help="also where DJANGO_DEBUG is off")

    def handle(self, *args: Any, users: int, password: str, force: bool, **options: Any) -> None:
        try:
            with advisory_lock(START_LOCK, wait_seconds=START_LOCK_WAIT_SECONDS):
                seeded = seed(users=users, password=password, force=force)
        except LockTimeout as error:
            raise CommandError("Another start still migrates or seeds this database.") from error
        self.stdout.write(summary(seeded))
