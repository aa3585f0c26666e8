"""Switches PostgreSQL's row level security on or off, as TENANT_RLS says."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections

from apps.core.tenancy.models import TenantModel

OUT_OF_STEP = """
SELECT relname FROM pg_class
WHERE oid = ANY(SELECT to_regclass(quote_ident(name)) FROM unnest(%s) AS name)
  AND (relrowsecurity, relforcerowsecurity) <> (%s, %s)
ORDER BY relname
"""
ON = "ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
OFF = "DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"


def tables() -> list[str]:
    """Return the tables whose rows belong to a business."""
    return [model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel)]


def out_of_step(*, on: bool, using: str = "default") -> list[str]:
    """Return the tenant tables whose row level security is not what it should be."""
    with connections[using].cursor() as cursor:
        cursor.execute(OUT_OF_STEP, [tables(), on, on])
        return [name for (name,) in cursor.fetchall()]


def switch(*, on: bool, using: str = "default") -> list[str]:
    """Make every tenant table's row level security what it should be; return those that were not.

    FORCE, because the tables belong to the role that the application uses, and an owner is exempt otherwise.
    """
    changed = out_of_step(on=on, using=using)
    with connections[using].cursor() as cursor:
        for name in changed:
            cursor.execute(f"ALTER TABLE {connections[using].ops.quote_name(name)} {ON if on else OFF}")
    return changed


def switch_after_migrating(*, using: str, **_: Any) -> None:
    switch(on=settings.TENANT_RLS, using=using)
