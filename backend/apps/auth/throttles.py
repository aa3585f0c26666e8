"""How often somebody may try to log in, sign up or refresh."""

from hashlib import sha256
from typing import Any

from rest_framework.request import Request

from apps.auth.models import User
from apps.core.api.throttling import RateThrottle


class ByAddress(RateThrottle):
    def whom(self, request: Request) -> str | None:
        return self.address(request)


class LoginByAddress(ByAddress):
    scope = "login_address"


class SignupByAddress(ByAddress):
    scope = "signup_address"


class RefreshByAddress(ByAddress):
    scope = "refresh_address"


class LoginByAccount(RateThrottle):
    """Passwords tried for one account, from wherever; whether there is such an account does not matter."""

    scope = "login_account"

    def whom(self, request: Request) -> str | None:
        email = request.data.get("email") if isinstance(request.data, dict) else None
        return digest(email) if isinstance(email, str) else None


class LoginByAccountInForm(LoginByAccount):
    """The same for the form of the admin site, whose field is named otherwise."""

    def whom(self, request: Any) -> str | None:
        return digest(request.POST.get("username", ""))


class PasswordByAccount(LoginByAccount):
    """Old passwords tried by somebody who is logged in; counted with those tried at the login."""

    def whom(self, request: Request) -> str | None:
        return digest(request.user.email) if isinstance(request.user, User) else None


def login_succeeded(user: User) -> None:
    """Count passwords tried for this account from none again."""
    LoginByAccount.forget(digest(user.email))


def digest(email: str) -> str:
    """Return what stands for the address in a key, where addresses themselves have no place."""
    return sha256(User.objects.normalize_email(email).encode("utf-8", "replace")).hexdigest()[:32]
