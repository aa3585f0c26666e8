"""Refresh tokens: how they travel, that each is good for one use, and what ends them."""

import threading
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from apps.adminops.models import AuditLog
from apps.auth import sessions
from apps.auth.models import User
from apps.core.tenancy import scope
from tests.support.logins import PASSWORD, log_in, make_login

pytestmark = pytest.mark.django_db

OURS = {"origin": "https://shop.example.com"}


def refresh(api: APIClient, token: str | None = None, **headers: str) -> Any:
    """Refresh with the token in the body, or as a browser on our page does."""
    body = {} if token is None else {"refresh": token}
    return api.post("/api/auth/refresh/", body, headers=headers or (OURS if token is None else {}))


def as_if_used_long_ago() -> None:
    BlacklistedToken.objects.update(blacklisted_at=timezone.now() - sessions.GRACE)


def me(api: APIClient, access: str) -> int:
    status: int = api.get("/api/auth/me/", headers={"authorization": f"Bearer {access}"}).status_code
    return status


# How it travels


def test_a_browser_gets_the_refresh_token_in_a_cookie_only(api: APIClient) -> None:
    answer = log_in(api, make_login().email)
    assert set(answer.json()) == {"access"}
    cookie = answer.cookies["refresh_token"]
    assert (cookie["path"], cookie["httponly"], cookie["max-age"]) == ("/api/auth/", True, 7 * 24 * 3600)
    assert (cookie["samesite"], cookie["secure"]) == ("Lax", "")
    assert answer.headers["Cache-Control"] == "no-store"


@override_settings(SESSION_COOKIE_SECURE=True)
def test_the_frontend_on_another_site_gets_the_cookie_over_https(api: APIClient) -> None:
    cookie = log_in(api, make_login().email).cookies["refresh_token"]
    assert (cookie["samesite"], cookie["secure"]) == ("None", True)
    gone = api.post("/api/auth/logout/", headers=OURS).cookies["refresh_token"]
    assert (gone["samesite"], gone["secure"], gone["path"]) == ("None", True, "/api/auth/")


def test_another_client_gets_it_in_the_body_only(api: APIClient) -> None:
    answer = log_in(api, make_login().email, token_transport="body")
    assert set(answer.json()) == {"access", "refresh"}
    assert not answer.cookies
    again = refresh(api, answer.json()["refresh"])
    assert set(again.json()) == {"access", "refresh"}
    assert not again.cookies


def test_a_cookie_cannot_be_turned_into_a_body(api: APIClient) -> None:
    log_in(api, make_login().email)
    asked = api.post("/api/auth/refresh/", {"token_transport": "body"}, headers=OURS)
    assert (asked.status_code, list(asked.json()["fields"])) == (400, ["token_transport"])
    assert set(refresh(api).json()) == {"access"}


@pytest.mark.parametrize("origin", ["https://shop.example.com", "http://testserver"])
def test_a_page_of_ours_refreshes_and_logs_out_with_the_cookie(origin: str, api: APIClient) -> None:
    log_in(api, make_login().email)
    assert refresh(api, origin=origin).status_code == 200
    assert api.post("/api/auth/logout/", headers={"origin": origin}).status_code == 204


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.com",
        "http://shop.example.com",
        "https://shop.example.com.evil.com",
        "https://shop.example.com:444",
        "null",
        "",
        "https://[",
    ],
)
@pytest.mark.parametrize("action", ["refresh", "logout"])
def test_a_page_of_somebody_else_does_nothing_with_the_cookie(
    action: str, origin: str, api: APIClient
) -> None:
    log_in(api, make_login().email)
    answer = api.post(f"/api/auth/{action}/", headers={"origin": origin} if origin else {})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert not answer.cookies
    assert refresh(api).status_code == 200


@override_settings(CORS_ALLOWED_ORIGIN_REGEXES=[r"^https://shop-[a-z0-9]+-team\.vercel\.app$"])
def test_a_preview_of_the_frontend_is_a_page_of_ours(api: APIClient) -> None:
    log_in(api, make_login().email)
    assert refresh(api, origin="https://shop-a1b2-team.vercel.app").status_code == 200
    assert refresh(api, origin="https://shop-a1b2-mallory.vercel.app").status_code == 403


def test_a_token_in_the_body_needs_no_origin_and_leaves_the_cookie_alone(api: APIClient) -> None:
    log_in(api, make_login().email)
    other = log_in(APIClient(), make_login().email, token_transport="body").json()["refresh"]
    answer = refresh(api, other, origin="https://evil.example.com")
    assert (answer.status_code, set(answer.json())) == (200, {"access", "refresh"})
    assert not answer.cookies


def test_no_login_form_of_another_page_can_log_its_visitor_in(api: APIClient) -> None:
    user = make_login()
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        body = f'{{"email": "{user.email}", "password": "{PASSWORD}"}}'
        answer = api.generic("POST", "/api/auth/login/", body, content_type=kind)
        assert answer.status_code == 415, kind


# One use each


def test_every_refresh_gives_a_new_access_and_a_new_refresh_token(api: APIClient) -> None:
    first = log_in(api, make_login().email, token_transport="body").json()
    second = refresh(api, first["refresh"]).json()
    third = refresh(api, second["refresh"]).json()
    assert len({first["refresh"], second["refresh"], third["refresh"]}) == 3
    assert me(api, third["access"]) == 200


def test_who_lost_the_answer_and_asks_again_gets_the_same_token(api: APIClient) -> None:
    first = log_in(api, make_login().email, token_transport="body").json()["refresh"]
    lost, found = (refresh(api, first).json()["refresh"] for _ in range(2))
    assert lost == found
    assert refresh(api, found).status_code == 200


def test_an_answer_two_steps_late_still_gets_the_newest_token(api: APIClient) -> None:
    first = log_in(api, make_login().email, token_transport="body").json()["refresh"]
    newest = refresh(api, refresh(api, first).json()["refresh"]).json()["refresh"]
    assert refresh(api, first).json()["refresh"] == newest


def test_a_token_used_longer_ago_ends_all_sessions_of_its_user(api: APIClient) -> None:
    user, neighbour = make_login(), make_login()
    stolen = log_in(api, user.email, token_transport="body").json()["refresh"]
    elsewhere = log_in(api, user.email, token_transport="body").json()["refresh"]
    unrelated = log_in(api, neighbour.email, token_transport="body").json()["refresh"]
    newest = refresh(api, stolen).json()["refresh"]
    as_if_used_long_ago()
    reused = refresh(api, stolen)
    assert (reused.status_code, reused.json()["code"]) == (401, "token_not_valid")
    assert [refresh(api, token).status_code for token in (newest, elsewhere)] == [401, 401]
    assert refresh(api, unrelated).status_code == 200
    with scope.every_business():
        assert AuditLog.objects.get().action == "user.sessions_ended"


def test_a_stale_token_of_a_dead_session_ends_nothing(api: APIClient) -> None:
    user = make_login()
    stale = log_in(api, user.email, token_transport="body").json()["refresh"]
    newest = refresh(api, stale).json()["refresh"]
    api.post("/api/auth/logout/", {"refresh": newest})
    as_if_used_long_ago()
    later = log_in(api, user.email, token_transport="body").json()["refresh"]
    assert refresh(api, stale).status_code == 401
    assert refresh(api, later).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_that_refresh_at_once_one_makes_the_token_and_both_get_it() -> None:
    user = make_login()
    token = sessions.begin(user).refresh
    tabs, together = 8, threading.Barrier(8)
    got: list[str] = []

    def tab() -> None:
        together.wait()
        got.append(sessions.renew(token).refresh)
        connection.close()

    threads = [threading.Thread(target=tab) for _ in range(tabs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(set(got))) == (tabs, 1)
    assert OutstandingToken.objects.count() == 2
    assert BlacklistedToken.objects.count() == 1


def test_the_database_holds_no_token_that_logs_anybody_in(api: APIClient) -> None:
    log_in(api, make_login().email)
    refresh(api)
    assert {row.token for row in OutstandingToken.objects.all()} == {""}


def test_expired_tokens_are_forgotten(api: APIClient) -> None:
    log_in(api, make_login().email)
    OutstandingToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    log_in(api, User.objects.get().email)
    assert OutstandingToken.objects.count() == 1


# What ends a session


@pytest.mark.parametrize("transport", ["body", "cookie"])
def test_logout_ends_the_session_and_may_be_repeated(transport: str, api: APIClient) -> None:
    answer = log_in(api, make_login().email, token_transport=transport)
    token = answer.json().get("refresh") or answer.cookies["refresh_token"].value
    body = {"refresh": token} if transport == "body" else {}
    for _ in range(2):
        gone = api.post("/api/auth/logout/", body, headers=OURS)
        assert (gone.status_code, gone.content) == (204, b"")
        assert [cookie["max-age"] for cookie in gone.cookies.values()] == [0] * (transport == "cookie")
    assert refresh(api, token).status_code == 401


def test_logout_ends_a_session_whose_token_another_tab_has_just_used(api: APIClient) -> None:
    first = log_in(api, make_login().email, token_transport="body").json()["refresh"]
    second = refresh(api, first).json()["refresh"]
    api.post("/api/auth/logout/", {"refresh": first})
    assert [refresh(api, token).status_code for token in (first, second)] == [401, 401]


def test_logout_of_one_session_leaves_the_others(api: APIClient) -> None:
    user = make_login()
    here, there = (log_in(api, user.email, token_transport="body").json()["refresh"] for _ in range(2))
    api.post("/api/auth/logout/", {"refresh": here})
    assert refresh(api, there).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ক", "0" * 100_000])
def test_logging_out_with_what_is_no_token_is_fine(token: str, api: APIClient) -> None:
    answer = api.post("/api/auth/logout/", {"refresh": token})
    assert answer.status_code == (204 if token else 400)


def test_a_new_password_ends_everything_but_what_it_gives_back(api: APIClient) -> None:
    user = make_login()
    here, there = (log_in(api, user.email, token_transport="body").json() for _ in range(2))
    bearer = {"authorization": f"Bearer {here['access']}"}
    body = {"old_password": PASSWORD, "new_password": "shorshe-ilish-72", "token_transport": "body"}
    changed = api.post("/api/auth/me/password/", body, headers=bearer)
    assert changed.status_code == 200
    assert [me(api, tokens["access"]) for tokens in (here, there, changed.json())] == [401, 401, 200]
    old = [refresh(api, tokens["refresh"]).status_code for tokens in (here, there)]
    assert old == [401, 401]
    assert refresh(api, changed.json()["refresh"]).status_code == 200
    assert log_in(api, user.email).status_code == 401
    assert log_in(api, user.email, "shorshe-ilish-72").status_code == 200
    with scope.every_business():
        assert AuditLog.objects.get().action == "user.password_changed"


def test_the_old_password_has_to_be_known_and_the_new_one_good(api: APIClient) -> None:
    user = make_login()
    api.force_authenticate(user)
    for field, body in (
        ("old_password", {"old_password": "wrong", "new_password": "shorshe-ilish-72"}),
        ("new_password", {"old_password": PASSWORD, "new_password": "12345678"}),
        ("new_password", {"old_password": PASSWORD, "new_password": user.email}),
    ):
        answer = api.post("/api/auth/me/password/", body)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_password_that_was_set_elsewhere_ends_every_session(api: APIClient) -> None:
    user = make_login()
    tokens = log_in(api, user.email, token_transport="body").json()
    user.set_password("shorshe-ilish-72")
    user.save()
    assert (me(api, tokens["access"]), refresh(api, tokens["refresh"]).status_code) == (401, 401)


@pytest.mark.parametrize("change", [{"is_active": False}, None])
def test_a_user_who_is_deactivated_or_gone_refreshes_nothing(
    change: dict[str, bool] | None, api: APIClient
) -> None:
    user = make_login()
    token = log_in(api, user.email, token_transport="body").json()["refresh"]
    if change:
        User.objects.filter(pk=user.pk).update(**change)
    else:
        user.delete()
    assert refresh(api, token).status_code == 401
    assert api.post("/api/auth/logout/", {"refresh": token}).status_code == 204


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_only_a_whole_living_refresh_token_refreshes(api: APIClient) -> None:
    tokens = log_in(api, make_login().email, token_transport="body").json()
    claims = jwt.decode(tokens["refresh"], settings.SECRET_KEY, algorithms=["HS256"])
    forged = [
        tokens["access"],
        tokens["refresh"][:-2],
        jwt.encode(claims, "another-key-" + "0" * 32, "HS256"),
        jwt.encode(claims, None, "none"),
        jwt.encode(claims, settings.SECRET_KEY, "HS512"),
        jwt.encode({**claims, "exp": 1}, settings.SECRET_KEY, "HS256"),
        "x",
    ]
    for token in forged:
        answer = refresh(api, token)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
        with pytest.raises(InvalidToken):
            sessions.renew(token)
    assert refresh(api, tokens["refresh"]).status_code == 200


def test_who_has_no_cookie_is_not_logged_in(api: APIClient) -> None:
    assert refresh(api).status_code == 401
