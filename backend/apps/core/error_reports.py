"""What Sentry is told about an error: where it happened and in which request, and no secret.

Imported only where SENTRY_DSN is set, because the SDK takes a third of a second to import.
"""

import sys
from typing import Any
from urllib.parse import urlsplit

import sentry_sdk
from sentry_sdk.integrations import Integration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.types import Event, Hint

from apps.core.log_context import current
from apps.core.redaction import redact

# Asked every few seconds by a machine that notices for itself when the answer is wrong.
UNREPORTED = ("/health", "/health/live", "/metrics")


def start(*, dsn: str, release: str, environment: str) -> None:
    """Report every unhandled exception and every error that is logged to `dsn` from now on."""
    sentry_sdk.init(
        dsn=dsn,
        release=release,
        environment=environment,
        before_send=before_send,
        send_default_pii=False,
        # A local variable is known by a name that says nothing about what is in it.
        include_local_variables=False,
        auto_session_tracking=False,
        # By default the SDK imports whatever it finds installed: in a web process, Celery and redis-py.
        auto_enabling_integrations=False,
        integrations=_integrations(),
    )


def before_send(event: Event, hint: Hint) -> Event | None:
    """Sentry's hook: say what the event is about and take the secrets out, or None for no report at all."""
    url = event.get("request", {}).get("url", "")
    if urlsplit(str(url)).path.rstrip("/") in UNREPORTED:
        return None
    context = current()
    known = {name: str(value) for name, value in context.known().items() if name != "user_id"}
    event["tags"] = {**dict(event.get("tags") or {}), **known}
    if context.user_id is not None:
        event["user"] = {"id": str(context.user_id)}
    event["extra"] = _plain(event.get("extra"))
    for crumb in _breadcrumbs(event):
        crumb["data"] = _plain(crumb.get("data"))
    redacted: Event = redact(event)
    return redacted


def _plain(fields: Any) -> dict[str, Any]:
    """Return the fields that hold one value; Celery logs each task with its arguments in a field of many."""
    return {
        name: value
        for name, value in (fields or {}).items()
        if isinstance(value, str | int | float | bool | None)
    }


def _breadcrumbs(event: Event) -> list[dict[str, Any]]:
    crumbs: Any = event.get("breadcrumbs") or {}
    values: list[dict[str, Any]] = crumbs.get("values", []) if isinstance(crumbs, dict) else []
    return values


def _integrations() -> list[Integration]:
    """Celery's only in a process that Celery runs: there it was imported before the settings were."""
    if "celery" not in sys.modules:
        return [DjangoIntegration()]
    from sentry_sdk.integrations.celery import CeleryIntegration

    return [DjangoIntegration(), CeleryIntegration()]
