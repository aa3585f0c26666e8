"""The steps that make a database ready for this code. Each may run any number of times."""

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from apps.core import migrating
from apps.core.polling import attempts
from apps.core.tenancy import row_security

# Two starts never migrate or seed at the same time; any fixed number does, as long as nobody else uses it.
START_LOCK = 7_362_001
START_LOCK_WAIT_SECONDS = 300.0

# The server's words when waiting longer cannot help.
HOPELESS = ("password authentication failed", "no password supplied", "no pg_hba.conf entry")


class DatabaseUnavailable(Exception):
    """The database did not accept a connection; the message is the server's or libpq's own."""


def wait_for_database(seconds: float) -> None:
    """Return once the database accepts a connection.

    Raises:
        DatabaseUnavailable: it did not within `seconds`, or it refused the password.
    """
    reason = ""
    for _ in attempts(seconds):
        try:
            connection.ensure_connection()
        except OperationalError as error:
            reason = str(error).strip()
            if any(words in reason for words in HOPELESS):
                break
        else:
            return
    raise DatabaseUnavailable(reason)


def apply_migrations() -> int:
    """Apply what is missing, row level security as TENANT_RLS says included.

    Returns how many migrations that were.
    """
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    else:
        with migrating.session(using=connection.alias):
            row_security.switch(on=settings.TENANT_RLS)
    return missing
