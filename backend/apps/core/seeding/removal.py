"""Taking the demo businesses away, with everything that is theirs, and nothing else."""

from django.db import connection, transaction

from apps.auth.demo import DEMO_BUSINESSES
from apps.auth.models import Business, User
from apps.core.seeding.progress import Progress
from apps.core.seeding.session import unhurried
from apps.core.tenancy import row_security, scope

BATCH = 100  # businesses in a transaction


def remove(progress: Progress) -> int:
    """Remove every demo business that this package makes, and return how many those were.

    Interrupted, it has removed some of them, each one entirely.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({DEMO_BUSINESSES}) AS demo ORDER BY id")
        businesses = [business for (business,) in cursor.fetchall()]
    with scope.every_business(), unhurried():
        for done in range(0, len(businesses), BATCH):
            _remove(businesses[done : done + BATCH])
            progress.removed(min(done + BATCH, len(businesses)), of=len(businesses))
    return len(businesses)


@transaction.atomic
def _remove(businesses: list[int]) -> None:
    """Django would fetch every row in order to delete it, so most of them are gone before it is asked."""
    with connection.cursor() as cursor:
        # Before any of their rows, as the worker does that works out their insights: so neither has what the
        # other one waits for.
        cursor.execute(
            "SELECT FROM accounts_business WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [businesses]
        )
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in row_security.tables():
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"DELETE FROM {quoted} WHERE business_id = ANY(%s)", [businesses])
    Business.objects.filter(pk__in=businesses).update(user=None)
    User.objects.filter(business__in=businesses).delete()
    Business.objects.filter(pk__in=businesses).delete()
