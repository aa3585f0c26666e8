import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError

from apps.core import migrating

# Long enough between two attempts for the queries that queued behind the first to be served.
PAUSES_SECONDS = (2.0, 4.0, 8.0)


class Command(migrate.Command):
    """Django's own, in a session made for it, and tried again when somebody held a lock that it needs.

    A migration that gave up has changed nothing, since each is one transaction; one with `atomic = False` has
    to be written so that it can be run again.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        for pause in (0.0, *PAUSES_SECONDS):
            time.sleep(pause)
            try:
                with migrating.session(using=options["database"]):
                    super().handle(*args, **options)
                return
            except OperationalError as error:
                if not migrating.gave_up_waiting(error):
                    raise
                self.stderr.write("\nSomebody holds a lock that this migration needs.")
        raise CommandError(
            f"Gave up after {len(PAUSES_SECONDS) + 1} attempts. What was not migrated is as it was. Who is "
            "at work: SELECT pid, xact_start, query FROM pg_stat_activity WHERE state <> 'idle'"
        )
