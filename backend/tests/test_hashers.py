from typing import Any

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.hashers import check_password, get_hasher

from apps.auth.hashers import DEMO_ITERATIONS, hash_demo_password, is_demo_hash
from apps.auth.models import User


def test_real_passwords_get_djangos_own_number_of_iterations() -> None:
    ours: Any = get_hasher()
    djangos = hashers.PBKDF2PasswordHasher()
    assert ours.algorithm == djangos.algorithm
    assert ours.iterations == djangos.iterations >= 600_000
    assert ours.must_update(ours.encode("secret", ours.salt(), iterations=1_000))


def test_a_demo_password_is_cheap_and_correct() -> None:
    encoded = hash_demo_password("demo-password")
    assert encoded.split("$")[1] == str(DEMO_ITERATIONS)
    assert check_password("demo-password", encoded)
    assert not check_password("another", encoded)


def test_the_same_demo_password_gives_the_same_hash_and_another_does_not() -> None:
    assert hash_demo_password("demo-password") == hash_demo_password("demo-password")
    assert hash_demo_password("demo-password") != hash_demo_password("another")


def test_a_real_hash_is_never_taken_for_a_demo_hash() -> None:
    hasher: Any = get_hasher()
    assert not is_demo_hash(hasher.encode("demo-password", hasher.salt(), iterations=1))


@pytest.mark.django_db
def test_logging_in_leaves_a_demo_hash_as_it_is() -> None:
    encoded = hash_demo_password("demo-password")
    user = User.objects.create(email="demo@example.com", password=encoded)
    assert user.check_password("demo-password")
    user.refresh_from_db()
    assert user.password == encoded
