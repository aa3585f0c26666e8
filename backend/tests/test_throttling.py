"""How often somebody may ask, counted in the real Redis."""

import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
import redis
from django.conf import settings
from django.core import cache as django_cache
from django.test import Client, override_settings
from rest_framework.test import APIClient

from apps.auth.models import User
from apps.auth.throttles import LoginByAccount
from apps.core.api.throttling import RateThrottle
from apps.core.cache import CacheUnavailable, RedisCache
from tests.support.addresses import redis_url
from tests.support.logins import PASSWORD, log_in, make_login
from tests.support.proxy import Proxy

cache = cast(RedisCache, django_cache.cache)

pytestmark = pytest.mark.django_db


def rates(**changed: str) -> Any:
    """Throttle by these rates, and by no others."""
    none = dict.fromkeys(settings.THROTTLE_RATES)
    return override_settings(
        REST_FRAMEWORK={**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {**none, **changed}}
    )


@pytest.fixture(autouse=True)
def no_counts(redis_client: redis.Redis) -> Iterator[None]:
    """Nobody has asked yet, and Redis was never down."""
    RateThrottle._blind_until = 0.0
    cache.clear()
    yield
    cache.clear()
    RateThrottle._blind_until = 0.0


@pytest.fixture
def broken_redis(redis_proxy: Proxy) -> Iterator[Proxy]:
    """A way to Redis that a test may block, and that the cache takes."""
    location = {"default": {**settings.CACHES["default"], "LOCATION": redis_url(redis_proxy.port)}}
    with override_settings(CACHES=location):
        yield redis_proxy


def test_production_limits_every_way_in() -> None:
    assert set(settings.THROTTLE_RATES) == {
        "anon",
        "user",
        "login_address",
        "login_account",
        "signup_address",
        "refresh_address",
    }


def test_wrong_passwords_for_an_account_are_counted_from_all_addresses_together(api: APIClient) -> None:
    user = make_login()
    with rates(login_account="3/h"):
        tried = [
            log_in(APIClient(REMOTE_ADDR=f"203.0.113.{n}"), email, "wrong").status_code
            for n, email in enumerate((user.email, user.email.upper(), f" {user.email}"))
        ]
        throttled = log_in(api, user.email)
        assert log_in(api, make_login().email).status_code == 200
    assert tried == [401, 401, 401]
    assert (throttled.status_code, throttled.json()["code"]) == (429, "throttled")
    # Three an hour: one every twenty minutes once the three are used up.
    assert 1000 < int(throttled.headers["Retry-After"]) <= 1200


def test_an_account_that_is_not_there_is_throttled_the_same(api: APIClient) -> None:
    with rates(login_account="2/h"):
        tried = [log_in(api, "nobody@example.com", "wrong").status_code for _ in range(3)]
    assert tried == [401, 401, 429]


def test_the_right_password_starts_the_count_anew(api: APIClient) -> None:
    user = make_login()
    with rates(login_account="2/h"):
        for password in ("wrong", PASSWORD) * 3:
            assert log_in(api, user.email, password).status_code == (200 if password == PASSWORD else 401)


def test_guessing_the_old_password_counts_as_guessing_at_the_login(api: APIClient) -> None:
    user = make_login()
    api.force_authenticate(user)
    body = {"old_password": "wrong", "new_password": "shorshe-ilish-72"}
    with rates(login_account="2/h"):
        tried = [api.post("/api/auth/me/password/", body).status_code for _ in range(3)]
        tried.append(log_in(api, user.email).status_code)
    assert tried == [400, 400, 429, 429]


def test_the_admin_site_counts_together_with_the_api(client: Client, api: APIClient) -> None:
    user = make_login(is_staff=True, is_superuser=True)
    form = {"username": user.email.upper(), "password": "wrong"}
    with rates(login_account="2/h"):
        assert log_in(api, user.email, "wrong").status_code == 401
        assert b"Please enter the correct" in client.post("/admin/login/", form).content
        assert b"Too many attempts. Try again in 1" in client.post("/admin/login/", form).content
        assert log_in(api, user.email).status_code == 429


def test_staff_who_know_their_password_are_not_counted(client: Client) -> None:
    user = make_login(is_staff=True, is_superuser=True)
    with rates(login_account="1/h"):
        for _ in range(3):
            answer = client.post("/admin/login/", {"username": user.email, "password": PASSWORD})
            assert answer.status_code == 302


@pytest.mark.parametrize(
    ("scope", "send", "unthrottled"),
    [
        ("login_address", lambda api, n: log_in(api, f"nobody{n}@example.com", "wrong"), 401),
        ("signup_address", lambda api, n: api.post("/api/auth/signup/", {}), 400),
        ("refresh_address", lambda api, n: api.post("/api/auth/refresh/", {"refresh": "x"}), 401),
        ("refresh_address", lambda api, n: api.post("/api/auth/logout/", {"refresh": "x"}), 204),
        ("anon", lambda api, n: api.get("/api/"), 200),
    ],
)
def test_each_address_is_counted_by_itself(
    scope: str, send: Callable[[APIClient, int], Any], unthrottled: int
) -> None:
    here, there = APIClient(REMOTE_ADDR="203.0.113.7"), APIClient(REMOTE_ADDR="203.0.113.8")
    with rates(**{scope: "2/m"}):
        assert [send(here, n).status_code for n in range(3)] == [unthrottled, unthrottled, 429]
        assert send(there, 0).status_code == unthrottled


def test_a_subscriber_with_ipv6_is_one_address() -> None:
    with rates(anon="1/m"):
        answers = [
            APIClient(REMOTE_ADDR=address).get("/api/").status_code
            for address in (
                "2001:db8:1:1::1",
                "2001:db8:1:1:ffff::2",
                "2001:db8:1:2::1",
                "::ffff:203.0.113.7",
            )
        ]
        assert APIClient(REMOTE_ADDR="203.0.113.7").get("/api/").status_code == 429
    assert answers == [200, 429, 200, 200]


def test_who_is_logged_in_is_counted_by_account(shop_api: APIClient, user: User) -> None:
    other = APIClient()
    other.force_authenticate(user)
    with rates(user="2/m", anon="1/m"):
        assert [shop_api.get("/api/products/").status_code for _ in range(3)] == [200, 200, 429]
        assert other.get("/api/auth/me/").status_code == 200


def test_a_client_that_writes_a_forwarded_header_is_the_same_client() -> None:
    with rates(anon="1/m"):
        answers = [
            APIClient().get("/api/", headers={"x-forwarded-for": f"203.0.113.{n}"}).status_code
            for n in range(2)
        ]
    assert answers == [200, 429]


def test_what_was_asked_for_comes_back_evenly(redis_client: redis.Redis) -> None:
    waits = [cache.take("tests:even", count=5, seconds=500) for _ in range(7)]
    assert waits[:5] == [0, 0, 0, 0, 0]
    assert all(50 < wait <= 100 for wait in waits[5:])
    assert redis_client.ttl(cache.make_key("tests:even")) <= 500


def test_of_many_at_once_no_more_are_served_than_allowed() -> None:
    together, allowed = threading.Barrier(20), []

    def ask() -> None:
        together.wait()
        allowed.append(cache.take("tests:race", count=5, seconds=60) == 0)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed.count(True) == 5


@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_without_redis_everybody_is_let_in_and_the_log_says_so(
    fault: str, broken_redis: Proxy, api: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    user = make_login()
    getattr(broken_redis, fault)()
    with rates(login_account="1/h", login_address="1/h"):
        answers = [log_in(api, user.email).status_code for _ in range(3)]
    assert answers == [200, 200, 200]
    assert [record.levelname for record in caplog.records if "throttled" in record.message] == ["WARNING"]


def test_once_redis_is_back_requests_are_counted_again(
    broken_redis: Proxy, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.core.api.throttling.BLIND_SECONDS", 0.0)
    with rates(anon="1/m"):
        broken_redis.kill()
        assert [api.get("/api/").status_code for _ in range(2)] == [200, 200]
        broken_redis.revive()
        assert [api.get("/api/").status_code for _ in range(2)] == [200, 429]


def test_giving_back_says_that_redis_is_away(broken_redis: Proxy) -> None:
    broken_redis.kill()
    with pytest.raises(CacheUnavailable):
        cache.give_back(LoginByAccount.counter("x"))


def test_keys_hold_no_addresses_of_people(api: APIClient, redis_client: redis.Redis) -> None:
    with rates(login_account="5/h"):
        log_in(api, "someone@example.com", "wrong")
    keys = [key.decode() for key in redis_client.scan_iter("*throttle*")]
    assert len(keys) == 1
    assert "someone" not in keys[0]


def test_the_frontend_may_read_when_to_come_back(api: APIClient) -> None:
    with rates(anon="1/m"):
        api.get("/api/")
        answer = api.get("/api/", headers={"origin": "https://shop.example.com"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example.com"
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
