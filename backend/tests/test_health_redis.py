"""Is Redis answering, and the few words of its protocol that the check speaks."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from django.conf import settings

from apps.core.health.redis import RedisCheck
from apps.core.health.resp import Address, Connection, RespError
from apps.core.health.state import ServiceDown, State
from tests.support.addresses import redis_url
from tests.support.processes import free_port
from tests.support.proxy import Proxy

KEY = "tests:heartbeat"
REDIS = Address.from_url(settings.REDIS_URL)


@pytest.fixture
def check(redis_proxy: Proxy) -> Iterator[RedisCheck]:
    check = RedisCheck(redis_url(redis_proxy.port), heartbeat_key=KEY)
    yield check
    check.close()


def test_redis_and_a_beating_worker_are_ok(
    redis_proxy: Proxy, redis_client: redis.Redis, check: RedisCheck
) -> None:
    redis_client.set(KEY, "worker", px=60_000)
    assert check() == {"redis": State.OK, "workers": State.OK}
    redis_client.delete(KEY)
    assert check() == {"redis": State.OK, "workers": State.DOWN}
    assert redis_proxy.accepted == 1


def test_a_dead_redis_is_down_and_well_once_it_is_back(redis_proxy: Proxy, check: RedisCheck) -> None:
    check()
    redis_proxy.kill()
    with pytest.raises(ServiceDown):
        check()
    redis_proxy.revive()
    assert check()["redis"] is State.OK


def test_a_redis_that_restarted_between_two_checks_was_never_down(
    redis_proxy: Proxy, check: RedisCheck
) -> None:
    check()
    redis_proxy.kill()
    redis_proxy.revive()
    assert check()["redis"] is State.OK


def test_a_frozen_redis_is_a_timeout_after_one_second(redis_proxy: Proxy, check: RedisCheck) -> None:
    check()
    redis_proxy.freeze()
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        check()
    assert 0.9 < time.monotonic() - started < 1.5
    redis_proxy.thaw()
    assert check()["redis"] is State.OK


def test_a_redis_address_is_read_whole() -> None:
    address = Address.from_url("rediss://app:p%40ss@cache.example.com:7000/3?ssl_cert_reqs=none")
    assert address == Address("cache.example.com", 7000, "app", "p@ss", 3, tls=True, verify=False)
    assert "p@ss" not in repr(address)


def test_a_redis_address_has_the_usual_defaults() -> None:
    assert Address.from_url("redis://") == Address("localhost", 6379, "", "", 0, tls=False, verify=True)


def test_an_address_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="redis://"):
        Address.from_url("amqp://localhost")


def test_redis_is_logged_into_with_user_and_password(redis_client: redis.Redis) -> None:
    redis_client.acl_setuser(
        "tests-health", enabled=True, passwords=["+word"], keys=["*"], categories=["+@all"]
    )
    try:
        right = Address(
            REDIS.host, REDIS.port, "tests-health", "word", REDIS.database, tls=False, verify=True
        )
        connected = Connection(right, deadline=time.monotonic() + 1)
        assert connected.pipeline([("ACL", "WHOAMI")], deadline=time.monotonic() + 1) == [b"tests-health"]
        connected.close()
        wrong = Address(REDIS.host, REDIS.port, "tests-health", "wrong", 0, tls=False, verify=True)
        with pytest.raises(RespError, match="WRONGPASS"):
            Connection(wrong, deadline=time.monotonic() + 1)
    finally:
        redis_client.acl_deluser("tests-health")


def test_a_deadline_that_has_passed_is_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        Connection(REDIS, deadline=time.monotonic())


@pytest.fixture
def tls_port(redis_proxy: Proxy, tmp_path: Path) -> Iterator[int]:
    """A port that speaks TLS with a certificate nobody trusts, in front of Redis."""
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("needs openssl to make a certificate")
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    subprocess.run([openssl, *request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_relay_tls, args=(listener, context, redis_proxy.port), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _relay_tls(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """Serve one connection after the other; commands are small, so one read is one command."""
    while True:
        try:
            raw, _ = listener.accept()
        except OSError:
            return
        with suppress(OSError), context.wrap_socket(raw, server_side=True) as client:
            with socket.create_connection(("127.0.0.1", port)) as server:
                while chunk := client.recv(65536):
                    server.sendall(chunk)
                    client.sendall(server.recv(65536))


def test_redis_over_tls_is_asked_only_if_its_certificate_is_trusted(tls_port: int) -> None:
    url = redis_url(tls_port).replace("redis://", "rediss://")
    with pytest.raises(ServiceDown):
        RedisCheck(url, heartbeat_key=KEY)()
    trusting = RedisCheck(f"{url}?ssl_cert_reqs=none", heartbeat_key=KEY)
    assert trusting()["redis"] is State.OK
    trusting.close()


def test_a_closed_port_is_down() -> None:
    with pytest.raises(ServiceDown):
        RedisCheck(f"redis://127.0.0.1:{free_port()}/0", heartbeat_key=KEY)()
