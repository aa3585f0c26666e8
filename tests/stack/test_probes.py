"""Probes against real servers: ones that are well, and every kind that is not, in time."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from smctl.stack import probes
from tests.sockets import free_port, listening, replying, serving

DEADLINE = 0.2  # seconds
Probe = Callable[[int], probes.Answer]

PROBES: dict[str, Probe] = {
    "postgres": lambda port: probes.postgres(port, deadline=DEADLINE),
    "redis": lambda port: probes.redis(port, deadline=DEADLINE),
    "worker": lambda port: probes.worker(port, deadline=DEADLINE),
    "web": lambda port: probes.web(port, deadline=DEADLINE),
    "frontend": lambda port: probes.frontend(port, deadline=DEADLINE),
}
HTTP = ("web", "frontend")

every_probe = pytest.mark.parametrize("name", PROBES)


def asked(name: str, server: AbstractContextManager[int]) -> probes.Answer:
    with server as port:
        return PROBES[name](port)


def response(status: str, body: bytes = b"", header: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{header}\r\n".encode() + body


@every_probe
def test_where_nothing_listens_the_answer_says_so(name: str) -> None:
    port = free_port()
    answer = PROBES[name](port)
    assert not answer.ok
    assert "nothing listens on" in answer.detail and str(port) in answer.detail


@every_probe
def test_a_frozen_server_which_accepts_and_never_answers_is_not_waited_for(name: str) -> None:
    began = time.monotonic()
    answer = asked(name, listening())
    assert not answer.ok
    assert "no answer from" in answer.detail
    assert time.monotonic() - began < DEADLINE + 0.5


@every_probe
def test_a_server_that_hangs_up_without_a_word_is_not_well(name: str) -> None:
    answer = asked(name, serving(lambda connection: None))
    assert not answer.ok
    assert answer.detail


@every_probe
@pytest.mark.parametrize("garbage", [b"\x00\xff\xfe garbage", b"SSH-2.0-OpenSSH_9.2\r\n", b"\r\n" * 50])
def test_a_server_that_talks_something_else_is_not_well(name: str, garbage: bytes) -> None:
    answer = asked(name, serving(replying(garbage)))
    assert not answer.ok
    assert answer.detail


@every_probe
def test_a_server_that_answers_byte_by_byte_for_ever_is_not_waited_for(name: str) -> None:
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        while not over.wait(DEADLINE / 4):
            connection.sendall(b"X")

    began = time.monotonic()
    with serving(drip) as port:
        answer = PROBES[name](port)
        over.set()
    assert not answer.ok
    assert time.monotonic() - began < 2 * DEADLINE + 0.5


def postgres_error(sqlstate: str, message: str) -> bytes:
    fields = f"SFATAL\0C{sqlstate}\0M{message}\0\0".encode()
    return b"E" + (len(fields) + 4).to_bytes(4) + fields


def test_postgres_that_asks_for_a_password_accepts_connections() -> None:
    answer = asked("postgres", serving(replying(b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0")))
    assert answer == probes.Answer(True, "accepts connections")


def test_postgres_that_is_starting_up_is_not_ready_and_says_so() -> None:
    reply = postgres_error("57P03", "the database system is starting up")
    assert asked("postgres", serving(replying(reply))) == probes.Answer(
        False, "the database system is starting up"
    )


def test_postgres_that_refuses_us_for_another_reason_is_there() -> None:
    answer = asked("postgres", serving(replying(postgres_error("28000", "no pg_hba.conf entry"))))
    assert answer == probes.Answer(True, "no pg_hba.conf entry")


def test_redis_that_answers_pong_is_well() -> None:
    assert asked("redis", serving(replying(b"+PONG\r\n"))).ok


def test_redis_that_loads_its_file_is_not_ready_and_says_so() -> None:
    answer = asked("redis", serving(replying(b"-LOADING Redis is loading the dataset in memory\r\n")))
    assert answer == probes.Answer(False, "LOADING Redis is loading the dataset in memory")


def heartbeat_of(node: str) -> AbstractContextManager[int]:
    return serving(replying(f"${len(node)}\r\n{node}\r\n".encode()))


def test_a_workers_heartbeat_is_seen() -> None:
    assert asked("worker", heartbeat_of("worker-1@host")).ok


def test_a_worker_that_left_no_heartbeat_is_not_well() -> None:
    assert asked("worker", serving(replying(b"$-1\r\n"))) == probes.Answer(False, "no heartbeat yet")


def test_the_heartbeat_of_another_worker_does_not_count() -> None:
    with heartbeat_of("worker-1@host") as port:
        assert probes.worker(port, node="worker-1@").ok
        assert not probes.worker(port, node="worker-2@").ok


@pytest.mark.parametrize("reply", [b"-LOADING loading\r\n", b"-NOAUTH Authentication required.\r\n", b""])
def test_an_error_of_redis_is_no_heartbeat(reply: bytes) -> None:
    assert not asked("worker", serving(replying(reply))).ok


@pytest.mark.parametrize("name", HTTP)
def test_http_200_is_well_and_anything_else_is_not(name: str) -> None:
    assert asked(name, serving(replying(response("200 OK")))) == probes.Answer(True, "200 OK")
    failing = asked(name, serving(replying(response("503 Service Unavailable"))))
    assert failing == probes.Answer(False, "503 Service Unavailable")


def test_health_is_taken_apart_into_status_services_and_release() -> None:
    body = json.dumps({"status": "down", "services": {"db": "ok", "redis": "down", "workers": "ok"}}).encode()
    reply = response("503 Service Unavailable", body, "X-Release: abc\r\n")
    with serving(replying(reply)) as port:
        answer, services = probes.stack_health(port, deadline=DEADLINE)
    assert (answer.status, answer.release) == (503, "abc")
    assert services == {"db": "ok", "redis": "down", "workers": "ok"}


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"services": []}', b'{"services": "ok"}', b"1", b"[" * 60_000]
)
def test_a_body_that_is_not_healths_has_no_services(body: bytes) -> None:
    with serving(replying(response("200 OK", body))) as port:
        assert probes.stack_health(port, deadline=DEADLINE)[1] == {}


def test_a_body_without_end_is_cut_at_64_kib() -> None:
    def pour(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000)

    with serving(pour) as port:
        assert len(probes.get("127.0.0.1", port, "/", deadline=DEADLINE).body) == 65536
