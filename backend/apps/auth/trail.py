from typing import Any

from apps.adminops import audit
from apps.auth.models import User
from apps.core.tenancy import scope


def note(action: str, user: User, **details: Any) -> None:
    """Put what happened to a user into the audit log of the user's business, or of none for staff."""
    with scope.working_for(user.business_id) if user.business_id else scope.every_business():
        audit.record(action, user, **details)
