"""What `manage.py check --database default` says about row level security."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning
from django.db import connections

from apps.core.tenancy import row_security

EXEMPT = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


def row_security_holds(app_configs: Any, databases: Any = None, **_: Any) -> list[CheckMessage]:
    """PostgreSQL exempts some roles without a word, and a table that nobody switched on; this tells."""
    return [message for using in databases or () for message in _messages(using)]


def _messages(using: str) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    if settings.TENANT_RLS and _role_is_exempt(using):
        messages.append(
            Warning(
                "TENANT_RLS is on, and the database role is exempt from row level security.",
                hint="Connect as a role with NOSUPERUSER and NOBYPASSRLS.",
                id="tenancy.W001",
            )
        )
    if tables := row_security.out_of_step(on=settings.TENANT_RLS, using=using):
        messages.append(
            Warning(
                f"Row level security is not as TENANT_RLS says on {', '.join(tables)}.",
                hint="Run: python manage.py prepare",
                id="tenancy.W002",
            )
        )
    return messages


def _role_is_exempt(using: str) -> bool:
    with connections[using].cursor() as cursor:
        cursor.execute(EXEMPT)
        return bool(cursor.fetchone() == (True,))
