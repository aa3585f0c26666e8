"""Switches PostgreSQL's row level security on or off, as TENANT_RLS says."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connection, connections

from apps.core.tenancy.models import TenantModel

STATE = """
SELECT relname FROM pg_class
WHERE oid = ANY(SELECT to_regclass(quote_ident(name)) FROM unnest(%s) AS name)
  AND (relrowsecurity, relforcerowsecurity) <> (%s, %s)
"""
ON = "ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
OFF = "DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"


def tables() -> list[str]:
    """Return the tables whose rows belong to a business."""
    return [model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel)]


def switch(*, on: bool, using: str = "default") -> list[str]:
    """Make every tenant table's row level security what it should be; return those that were not.

    FORCE, because the tables belong to the role that the application uses, and an owner is exempt otherwise.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(STATE, [tables(), on, on])
        changed = sorted(name for (name,) in cursor.fetchall())
        for name in changed:
            quoted = connections[using].ops.quote_name(name)
            cursor.execute(f"ALTER TABLE {quoted} {ON if on else OFF}")
    return changed


def switch_after_migrating(*, using: str, **_: Any) -> None:
    switch(on=settings.TENANT_RLS, using=using)


@register(Tags.database)
def role_is_bound_by_row_security(app_configs: Any, databases: Any = None, **_: Any) -> list[CheckMessage]:
    """PostgreSQL exempts some roles without a word, so somebody else has to say it."""
    if not databases or not settings.TENANT_RLS:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() != (True,):
            return []
    return [
        Warning(
            "TENANT_RLS is on, and the database role is exempt from row level security.",
            hint="Connect as a role with NOSUPERUSER and NOBYPASSRLS.",
            id="tenancy.W001",
        )
    ]
