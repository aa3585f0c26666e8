"""Signing up, logging in, and who one is."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import jwt
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from apps.adminops.models import AuditLog
from apps.auth.hashers import PBKDF2PasswordHasher
from apps.auth.models import Business, User
from apps.core.tenancy import scope
from tests.support.logins import PASSWORD, log_in, make_login

pytestmark = pytest.mark.django_db

SHOP = {
    "email": "Karim@Example.com",
    "password": PASSWORD,
    "first_name": "করিম",
    "business_name": "করিম স্টোর",
    "business_type": "grocery",
}


def test_signup_makes_a_user_with_a_business_of_its_own_and_logs_in(api: APIClient) -> None:
    answer = api.post("/api/auth/signup/", SHOP)
    assert answer.status_code == 201
    user = User.objects.select_related("business").get(email="karim@example.com")
    assert user.business is not None
    assert (user.business.name, user.business.user_id, user.business.is_demo) == (
        "করিম স্টোর",
        user.pk,
        False,
    )
    me = api.get("/api/auth/me/", headers={"authorization": f"Bearer {answer.json()['access']}"})
    assert me.json() == {
        "id": user.pk,
        "email": "karim@example.com",
        "first_name": "করিম",
        "is_staff": False,
        "business": {"id": user.business.pk, "name": "করিম স্টোর", "type": "grocery", "is_demo": False},
    }


def test_signup_is_in_the_audit_log_of_the_new_business(api: APIClient) -> None:
    api.post("/api/auth/signup/", SHOP)
    user = User.objects.get()
    assert user.business_id
    with scope.working_for(user.business_id):
        entry = AuditLog.objects.get()
    assert (entry.action, entry.user_id, entry.ip_address) == ("user.signed_up", user.pk, "127.0.0.1")


def test_an_address_that_is_taken_makes_nothing(api: APIClient) -> None:
    api.post("/api/auth/signup/", SHOP)
    again = api.post("/api/auth/signup/", {**SHOP, "email": "KARIM@example.com", "business_name": "অন্য"})
    assert (again.status_code, again.json()["code"]) == (409, "address_taken")
    assert (User.objects.count(), Business.objects.count()) == (1, 1)
    assert "access" not in again.json()
    assert not again.cookies


def test_that_an_address_is_taken_shows_only_when_all_else_is_right(api: APIClient) -> None:
    api.post("/api/auth/signup/", SHOP)
    again = api.post("/api/auth/signup/", {**SHOP, "password": "12345678"})
    assert (again.status_code, list(again.json()["fields"])) == (400, ["password"])


@pytest.mark.parametrize("password", ["12345678", "password1", "short", "karim@example.com", "x" * 129, ""])
def test_a_weak_password_is_refused(password: str, api: APIClient) -> None:
    answer = api.post("/api/auth/signup/", {**SHOP, "password": password})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["password"])
    assert not User.objects.exists()


def test_nobody_signs_up_as_staff(api: APIClient) -> None:
    answer = api.post("/api/auth/signup/", {**SHOP, "is_staff": True})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["is_staff"])


def test_login_ignores_the_case_of_the_address(api: APIClient) -> None:
    make_login("rahim@example.com")
    assert log_in(api, "RAHIM@Example.com").status_code == 200


def test_every_character_of_a_password_counts(api: APIClient) -> None:
    make_login("rahim@example.com")
    assert log_in(api, "rahim@example.com", f" {PASSWORD}").status_code == 401


def test_login_notes_when(api: APIClient) -> None:
    user = make_login()
    log_in(api, user.email)
    user.refresh_from_db()
    assert user.last_login is not None
    assert timezone.now() - user.last_login < timedelta(minutes=1)
    assert user.updated_at < user.last_login


def test_unknown_wrong_and_inactive_get_the_same_answer_after_one_hash_each(
    api: APIClient, hashes: list[str]
) -> None:
    known, gone = make_login(), make_login(is_active=False)
    hashes.clear()
    answers = [
        log_in(api, email, password)
        for email, password in (
            ("nobody@example.com", PASSWORD),
            (known.email, "wrong"),
            (gone.email, PASSWORD),
            (gone.email, "wrong"),
        )
    ]
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert {answer.status_code for answer in answers} == {401}
    assert (
        bodies
        == [
            {
                "code": "wrong_credentials",
                "message": "There is no such address with this password.",
                "fields": {},
                "request_id": "",
            }
        ]
        * 4
    )
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Bearer realm="api"'}
    assert len(hashes) == 4


def test_a_user_without_a_password_cannot_be_told_from_one_with_another(
    api: APIClient, user: User, hashes: list[str]
) -> None:
    assert log_in(api, user.email).status_code == 401
    assert len(hashes) == 1


def test_a_signup_takes_one_hash_whether_the_address_is_taken_or_not(
    api: APIClient, hashes: list[str]
) -> None:
    api.post("/api/auth/signup/", SHOP)
    api.post("/api/auth/signup/", SHOP)
    assert len(hashes) == 2


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The salts of the passwords hashed so far."""
    salts: list[str] = []
    encode = PBKDF2PasswordHasher.encode

    def counting(self: PBKDF2PasswordHasher, password: str, salt: str, iterations: int | None = None) -> str:
        salts.append(salt)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counting)
    yield salts


@override_settings(DEBUG=True)
def test_a_demo_user_logs_in(api: APIClient) -> None:
    call_command("prepare", "--seed-users", "1", stdout=StringIO())
    assert log_in(api, "demo@example.com", "demo-password").status_code == 200


def test_staff_log_in_to_the_admin_site_with_their_address(client: Client) -> None:
    make_login("admin@example.com", is_staff=True, is_superuser=True)
    form = {"username": "Admin@Example.com", "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", form).headers["Location"] == "/admin/"


def test_an_access_token_opens_the_api_for_ten_minutes(api: APIClient) -> None:
    access = log_in(api, make_login().email).json()["access"]
    claims = jwt.decode(access, settings.SECRET_KEY, algorithms=["HS256"])
    assert claims["exp"] - claims["iat"] == 600


def test_a_deactivated_user_is_out_at_once(api: APIClient) -> None:
    user = make_login()
    bearer = {"authorization": f"Bearer {log_in(api, user.email).json()['access']}"}
    assert api.get("/api/auth/me/", headers=bearer).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert api.get("/api/auth/me/", headers=bearer).status_code == 401


def test_an_old_access_token_does_not_keep_anybody_from_logging_in(api: APIClient) -> None:
    user = make_login()
    body = {"email": user.email, "password": PASSWORD}
    assert api.post("/api/auth/login/", body, headers={"authorization": "Bearer old"}).status_code == 200


def test_the_name_is_changed_and_nothing_else(api: APIClient) -> None:
    user = make_login()
    api.force_authenticate(user)
    assert api.patch("/api/auth/me/", {"first_name": "রহিমা"}).json()["first_name"] == "রহিমা"
    refused = api.patch("/api/auth/me/", {"email": "x@example.com", "is_staff": True, "business": 1})
    assert (refused.status_code, set(refused.json()["fields"])) == (400, {"email", "is_staff", "business"})
    with scope.every_business():
        assert list(AuditLog.objects.values_list("action", "details")) == [
            ("user.updated", {"changed": ["first_name"]})
        ]


def test_staff_without_a_business_have_an_account_too(api: APIClient, user: User) -> None:
    api.force_authenticate(user)
    assert api.get("/api/auth/me/").json()["business"] is None
    assert api.patch("/api/auth/me/", {"first_name": "র"}).status_code == 200
    with scope.every_business():
        assert AuditLog.objects.get().business_id is None


def test_what_a_login_writes_to_the_log_has_no_password(
    api: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), override_settings(DEBUG=True):
        log_in(api, make_login().email, "a-wrong-password-71")
    assert "a-wrong-password-71" not in caplog.text
