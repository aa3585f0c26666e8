import pytest
from django.test import Client

from apps.auth.models import Business, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin@example.com"))
    return client


@pytest.mark.parametrize("page", ["user/", "user/add/", "business/", "business/add/"])
def test_the_admin_pages_open(admin: Client, page: str) -> None:
    assert admin.get(f"/admin/accounts/{page}").status_code == 200


def test_a_user_is_added_and_opened_in_the_admin(admin: Client) -> None:
    form = {"email": "New@Example.com", "password1": "Xq7-long-word", "password2": "Xq7-long-word"}
    assert admin.post("/admin/accounts/user/add/", form).status_code == 302
    added = User.objects.get(email="new@example.com")
    assert added.has_usable_password()
    assert admin.get(f"/admin/accounts/user/{added.pk}/change/").status_code == 200


def test_a_business_is_added_in_the_admin(admin: Client) -> None:
    assert (
        admin.post("/admin/accounts/business/add/", {"name": "পদ্মা", "type": "grocery"}).status_code == 302
    )
    assert Business.objects.get().name == "পদ্মা"


def test_a_stranger_is_sent_to_the_login(client: Client) -> None:
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")
