"""When demo data may be made, in one place for the two commands that make it."""

from django.conf import settings
from django.core.management.base import CommandError

from apps.auth.demo import NotADemoUser, SeededTenants, seed_tenants


def seed(*, users: int, password: str, force: bool) -> SeededTenants:
    """Seed, or say why not.

    Raises:
        CommandError: outside DEBUG without `force`, without a password, or where a demo address is taken.
    """
    if not settings.DEBUG and not force:
        raise CommandError("Demo data does not belong in production. If it must be: seed_demo --force")
    if not password:
        raise CommandError("There is no password for the demo users. Set DEMO_PASSWORD, or pass --password.")
    try:
        return seed_tenants(users=users, password=password)
    except NotADemoUser as error:
        raise CommandError(f"{error} belongs to a real business; nothing was changed.") from error


def summary(seeded: SeededTenants) -> str:
    return (
        f"{seeded.created} demo businesses with their users created, "
        f"{seeded.passwords_updated} passwords updated, {seeded.total} demo businesses in all"
    )
