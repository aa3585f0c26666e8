import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.db.models import RestrictedError

from apps.auth.models import Business, BusinessType, User

pytestmark = pytest.mark.django_db


def test_an_email_is_stored_in_one_form() -> None:
    assert User.objects.create_user("  Karim@Example.COM ").email == "karim@example.com"


def test_a_user_logs_in_with_the_password_whatever_the_case_of_the_email() -> None:
    user = User.objects.create_user("rahim@example.com", "a-long-enough-password")
    assert authenticate(username="RAHIM@example.com", password="a-long-enough-password") == user
    assert authenticate(username="rahim@example.com", password="wrong") is None


def test_the_database_refuses_the_same_email_in_another_case(user: User) -> None:
    with pytest.raises(IntegrityError, match="accounts_user_email_unique"):
        User.objects.bulk_create([User(email="Rahim@Example.com", password="!")])


def test_a_form_says_that_the_email_is_taken(user: User) -> None:
    twin = User(email="RAHIM@example.com", password="!")
    with pytest.raises(ValidationError, match="exists"):
        twin.full_clean()


def test_a_user_without_an_email_is_refused() -> None:
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user(" ")


def test_a_superuser_may_do_everything() -> None:
    admin = User.objects.create_superuser("admin@example.com")
    assert admin.is_staff
    assert admin.has_perm("accounts.delete_business")


def test_users_and_businesses_know_when_they_were_made(user: User) -> None:
    assert user.updated_at >= user.created_at
    assert str(user) == "rahim@example.com"


def test_a_business_with_members_cannot_be_deleted(user: User) -> None:
    shop = Business.objects.create(name="রহিম স্টোর", type=BusinessType.GROCERY, user=user)
    User.objects.filter(pk=user.pk).update(business=shop)
    with pytest.raises(RestrictedError):
        shop.delete()
    assert str(shop) == "রহিম স্টোর"


def test_an_owner_cannot_be_deleted(shop: Business) -> None:
    assert shop.user
    with pytest.raises(RestrictedError):
        shop.user.delete()


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (
            "accounts_user",
            {"id", "email", "password_hash", "first_name", "business_id", "created_at", "updated_at"},
        ),
        ("accounts_business", {"id", "name", "type", "user_id", "is_demo", "created_at", "updated_at"}),
    ],
)
def test_the_tables_have_the_agreed_columns(table: str, columns: set[str]) -> None:
    with connection.cursor() as cursor:
        present = {column.name for column in connection.introspection.get_table_description(cursor, table)}
    assert columns <= present
