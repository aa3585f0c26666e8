"""The demo users and their businesses: recognised by address, and never mixed up with real ones."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import OuterRef, Subquery

from apps.auth.hashers import hash_demo_password
from apps.auth.models import Business, User

# What `demo_email` gives, for PostgreSQL.
EMAIL_OF_NUMBER = "concat('demo', nullif(number, 1), '@example.com')"

# The demo businesses that these users own. Staff can mark others as demo; those are none of ours.
DEMO_BUSINESSES = r"""
SELECT shop.id, shop.name, shop.type, shop.created_at, owner.email, owner.first_name
FROM accounts_business shop JOIN accounts_user owner ON owner.id = shop.user_id
WHERE shop.is_demo AND owner.email ~ '^demo([2-9]|[1-9][0-9]+)?@example\.com$'
"""

UPDATE_PASSWORDS = f"""
UPDATE accounts_user SET password_hash = %(hash)s, updated_at = now()
FROM generate_series(1, %(users)s) AS number
WHERE email = {EMAIL_OF_NUMBER} AND password_hash <> %(hash)s
"""


class NotADemoUser(Exception):
    """A demo address is taken by a user of a real business, which must be left alone."""


def demo_email(number: int) -> str:
    """Return the address of demo user `number`, from 1: demo@example.com, demo2@example.com and so on."""
    return f"demo{number if number > 1 else ''}@example.com"


def demo_hash(password: str) -> str:
    """Return what is stored of the demo users' password.

    Outside DEBUG that takes a third of a second, so it is asked for once and not for each of them.
    """
    return hash_demo_password(password) if settings.DEBUG else make_password(password)


def update_passwords(*, users: int, password: str) -> int:
    """Under DEBUG, give demo users 1 to `users` this password; return how many had another one."""
    if not settings.DEBUG:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(UPDATE_PASSWORDS, {"users": users, "hash": demo_hash(password)})
        return int(cursor.rowcount)


def open_businesses(
    businesses: Sequence[Business], owners: Sequence[User], *, at: datetime
) -> list[Business]:
    """Store demo businesses, each with its owner, as if they had been opened at that moment."""
    made = Business.objects.bulk_create(businesses)
    for owner, business in zip(owners, made, strict=True):
        owner.business = business
    User.objects.bulk_create(owners)
    owner_of = User.objects.filter(business=OuterRef("pk")).values("pk")[:1]
    Business.objects.filter(pk__in=[business.pk for business in made]).update(
        user=Subquery(owner_of), created_at=at
    )
    return made
