"""How passwords are hashed: Django's default for everyone, and a cheap form for the demo users."""

from django.contrib.auth import hashers
from django.utils.crypto import salted_hmac

# Django's own random salts have no hyphen, so nobody else's hash can start like this.
DEMO_SALT_PREFIX = "demo-"
DEMO_ITERATIONS = 1_000


class PBKDF2PasswordHasher(hashers.PBKDF2PasswordHasher):
    """Django's default, except that logging in as a demo user does not make its hash expensive."""

    def must_update(self, encoded: str) -> bool:
        return not is_demo_hash(encoded) and super().must_update(encoded)


def is_demo_hash(encoded: str) -> bool:
    return encoded.split("$")[2].startswith(DEMO_SALT_PREFIX)


def hash_demo_password(password: str) -> str:
    """Return a hash that takes a millisecond, for a password that every developer's .env shows.

    The same password always gives the same hash (per SECRET_KEY), so whether a stored hash is still that of
    DEMO_PASSWORD is a comparison of two strings. Never for real users, and never outside DEBUG.
    """
    marker = salted_hmac("apps.auth.hashers.demo", password, algorithm="sha256").hexdigest()[:32]
    return PBKDF2PasswordHasher().encode(password, DEMO_SALT_PREFIX + marker, DEMO_ITERATIONS)
