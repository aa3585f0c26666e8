from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from apps.auth.models import User


class UserManager(BaseUserManager["User"]):
    """Makes users, and finds them by e-mail whatever its case."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the one form in which an address is stored: trimmed and in lower case."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.alias(lower_email=Lower("email")).get(lower_email=self.normalize_email(username))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save and return a user.

        Raises:
            ValueError: there is no e-mail.
        """
        if not self.normalize_email(email):
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save and return a user who may do everything, the admin site included."""
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})
