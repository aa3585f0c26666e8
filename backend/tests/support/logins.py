"""Users who can log in."""

from itertools import count
from typing import Any

from rest_framework.test import APIClient

from apps.auth.hashers import hash_demo_password
from apps.auth.models import Business, User

PASSWORD = "ilish-bhapa-71"

numbers = count(1)


def make_login(email: str = "", **values: Any) -> User:
    """Return a user with PASSWORD and, unless told otherwise, a business."""
    email = email or f"login{next(numbers)}@example.com"
    if "business" not in values:
        values["business"] = Business.objects.create(name="রহিম স্টোর")
    # Any other hash takes a third of a second to make, and as long at every login.
    return User.objects.create(email=email, password=hash_demo_password(PASSWORD), **values)


def log_in(api: APIClient, email: str, password: str = PASSWORD, **body: Any) -> Any:
    return api.post("/api/auth/login/", {"email": email, "password": password, **body})
