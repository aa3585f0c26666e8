"""The demo tenants: made once, recognised afterwards, and never mixed up with a real business."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from apps.auth.demo_names import FIRST_NAMES, SHOP_NAMES
from apps.auth.hashers import hash_demo_password
from apps.auth.models import Business, BusinessType, User


class NotADemoUser(Exception):
    """A demo address is taken by a user of a real business, which must be left alone."""


@dataclass(frozen=True)
class SeededTenants:
    """What a run changed, and how many demo tenants there are now."""

    created: int
    passwords_updated: int
    total: int


def demo_email(number: int) -> str:
    """Return the address of demo user `number`, from 1: demo@example.com, demo2@example.com and so on."""
    return f"demo{number if number > 1 else ''}@example.com"


@transaction.atomic
def seed_tenants(*, users: int, password: str) -> SeededTenants:
    """Make sure that demo users 1 to `users` exist, each with a demo business of their own.

    Under DEBUG their password is `password` afterwards; elsewhere only that of new users is.

    Raises:
        NotADemoUser: one of the addresses belongs to a real business. Nothing has changed.
    """
    wanted = {demo_email(number): number for number in range(1, users + 1)}
    present = list(User.objects.filter(email__in=wanted).select_related("business"))
    for user in present:
        if user.business is None or not user.business.is_demo:
            raise NotADemoUser(user.email)
    missing = [number for email, number in wanted.items() if email not in {user.email for user in present}]
    # One hash for all of a run: outside DEBUG each takes a third of a second.
    hashed = hash_demo_password(password) if settings.DEBUG else None
    updated = _update_passwords(present, hashed) if hashed else 0
    if missing:
        _create(missing, hashed or make_password(password))
    return SeededTenants(len(missing), updated, Business.objects.filter(is_demo=True).count())


def _create(numbers: list[int], hashed_password: str) -> None:
    types = BusinessType.values
    businesses = Business.objects.bulk_create(
        Business(name=SHOP_NAMES[n % len(SHOP_NAMES)], type=types[n % len(types)], is_demo=True)
        for n in numbers
    )
    User.objects.bulk_create(
        User(
            email=demo_email(number),
            password=hashed_password,
            first_name=FIRST_NAMES[number % len(FIRST_NAMES)],
            business=business,
        )
        for number, business in zip(numbers, businesses, strict=True)
    )
    owner = User.objects.filter(business=OuterRef("pk")).values("pk")[:1]
    made = [business.pk for business in businesses]
    Business.objects.filter(pk__in=made).update(user=Subquery(owner))


def _update_passwords(users: list[User], hashed_password: str) -> int:
    stale = [user.pk for user in users if user.password != hashed_password]
    if not stale:
        return 0
    return User.objects.filter(pk__in=stale).update(password=hashed_password, updated_at=timezone.now())
