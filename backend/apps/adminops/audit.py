"""The audit log is written by services, explicitly, in the transaction of what it is about."""

from typing import Any

from django.db.models import Model

from apps.adminops.models import AuditLog
from apps.core import actor


def record(action: str, resource: Model, **details: Any) -> AuditLog:
    """Note that whoever acts now did `action` (such as "product.updated") to `resource`.

    details: what changed, as JSON; never a secret.
    """
    who = actor.current()
    return AuditLog.objects.create(
        user_id=who.user_id,
        ip_address=who.ip_address,
        action=action,
        resource_type=resource._meta.model_name or "",
        resource_id=str(resource.pk),
        details=details,
    )
