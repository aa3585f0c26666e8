from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class HasBusiness(BasePermission):
    """The user belongs to a business; staff who do not use the admin site."""

    code = "no_business"
    message = "This account belongs to no business."

    def has_permission(self, request: Request, view: Any) -> bool:
        return getattr(request.user, "business_id", None) is not None
