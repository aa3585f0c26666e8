from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.auth.demo import demo_email
from apps.auth.models import Business, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def development(settings: Settings) -> None:
    settings.DEBUG = True


def seed(**options: Any) -> str:
    output = StringIO()
    call_command("seed_demo", stdout=output, **options)
    return output.getvalue()


def everything() -> list[dict[str, Any]]:
    users, businesses = User.objects.order_by("pk").values(), Business.objects.order_by("pk").values()
    return [dict(row) for row in (*users, *businesses)]


def test_the_first_demo_user_is_demo_at_example_com() -> None:
    assert [demo_email(number) for number in (1, 2, 3)] == [
        "demo@example.com",
        "demo2@example.com",
        "demo3@example.com",
    ]


def test_every_demo_user_owns_a_demo_business_with_bangla_names() -> None:
    seed(users=30)
    for user in User.objects.select_related("business"):
        assert user.business is not None
        assert user.business.is_demo
        assert user.business.user_id == user.pk
        assert "\u0980" <= user.first_name[0] <= "\u09ff"
        assert "\u0980" <= user.business.name[0] <= "\u09ff"
    assert Business.objects.count() == 30


def test_a_demo_user_logs_in_with_the_demo_password(settings: Settings) -> None:
    seed()
    assert authenticate(username="demo@example.com", password=settings.DEMO_PASSWORD) is not None


def test_seeding_again_changes_nothing() -> None:
    seed(users=3)
    before = everything()
    assert "0 demo businesses with their users created, 0 passwords updated, 3 demo" in seed(users=3)
    assert everything() == before


def test_more_users_are_added_to_those_that_exist() -> None:
    seed(users=2)
    assert "3 demo businesses with their users created" in seed(users=5)
    assert User.objects.count() == 5


def test_a_changed_demo_password_is_updated_in_development() -> None:
    seed()
    assert "1 passwords updated" in seed(password="another-password")
    assert authenticate(username="demo@example.com", password="another-password") is not None


def test_a_real_user_with_a_demo_address_is_left_alone() -> None:
    shop = Business.objects.create(name="Real")
    User.objects.create(email="demo2@example.com", business=shop, password="!")
    before = everything()
    with pytest.raises(CommandError, match="demo2@example.com belongs to a real business"):
        seed(users=3)
    assert everything() == before


def test_a_user_without_a_business_is_left_alone_too() -> None:
    User.objects.create(email="demo@example.com", password="!")
    with pytest.raises(CommandError, match="real business"):
        seed()


def test_production_is_refused_unless_forced(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--force"):
        seed()
    seed(force=True)
    assert User.objects.count() == 1


def test_production_gets_a_real_hash_and_keeps_its_passwords(settings: Settings) -> None:
    settings.DEBUG = False
    seed(force=True)
    user = User.objects.get()
    assert int(user.password.split("$")[1]) >= 600_000
    seed(force=True, password="another-password")
    assert User.objects.get().password == user.password


def test_no_password_is_invented() -> None:
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        seed(password="")
