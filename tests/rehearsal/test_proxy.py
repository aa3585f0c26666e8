"""The proxy of a rehearsal, over real sockets."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from smctl.rehearsal import proxy as proxy_module
from smctl.rehearsal.proxy import Proxy, Target
from tests.rehearsal.releases import release
from tests.sockets import free_port


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def old() -> Iterator[Target]:
    with release("old") as target:
        yield target


@pytest.fixture
def new() -> Iterator[Target]:
    with release("new") as target:
        yield target


def connection(proxy: Proxy) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)


def get(proxy: Proxy, path: str = "/") -> tuple[int, str]:
    return ask(connection(proxy), path)


def ask(open_connection: http.client.HTTPConnection, path: str = "/") -> tuple[int, str]:
    open_connection.request("GET", path)
    response = open_connection.getresponse()
    return response.status, response.read().decode()


def raw(proxy: Proxy, *parts: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
        for part in parts:
            client.sendall(part)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_before_the_first_release_it_answers_502(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_module, "BETWEEN_TRIES", 0.001)
    status, body = get(proxy)
    assert (status, body) == (502, "No release answers: none is live\n")


def test_a_kept_connection_goes_over_to_the_new_release(proxy: Proxy, old: Target, new: Target) -> None:
    proxy.switch(old)
    kept = connection(proxy)
    assert ask(kept) == (200, "old")
    client = kept.sock
    proxy.switch(new)
    assert ask(kept) == (200, "new")
    assert kept.sock is client


def test_what_is_under_way_is_finished_by_the_old_release(proxy: Proxy, old: Target, new: Target) -> None:
    proxy.switch(old)
    answers: list[tuple[int, str]] = []
    slow = threading.Thread(target=lambda: answers.append(get(proxy, "/slow")))
    slow.start()
    while proxy.drained(old, seconds=0):
        time.sleep(0.005)
    proxy.switch(new)
    assert get(proxy) == (200, "new")
    assert answers == []
    assert proxy.drained(old, seconds=5)
    slow.join()
    assert answers == [(200, "old")]


def test_draining_has_a_deadline(proxy: Proxy, old: Target) -> None:
    proxy.switch(old)
    slow = threading.Thread(target=get, args=(proxy, "/slow"))
    slow.start()
    while proxy.drained(old, seconds=0):
        time.sleep(0.005)
    assert not proxy.drained(old, seconds=0.01)
    slow.join()


def test_no_request_fails_while_releases_switch_under_load(proxy: Proxy, old: Target, new: Target) -> None:
    proxy.switch(old)
    answers: Counter[tuple[int, str]] = Counter()
    over = threading.Event()

    def load() -> None:
        kept = connection(proxy)
        while not over.is_set():
            answers[ask(kept)] += 1

    clients = [threading.Thread(target=load) for _ in range(4)]
    for client in clients:
        client.start()
    for _ in range(20):
        for target, name in ((new, "new"), (old, "old")):
            seen = answers[200, name]
            proxy.switch(target)
            while answers[200, name] < seen + 5:
                time.sleep(0.001)
    over.set()
    for client in clients:
        client.join()
    assert set(answers) == {(200, "old"), (200, "new")}


def test_no_request_fails_when_the_old_release_is_gone_at_once_after_the_switch(
    proxy: Proxy, new: Target
) -> None:
    answers: Counter[tuple[int, str]] = Counter()
    over = threading.Event()

    def load() -> None:
        kept = connection(proxy)
        while not over.is_set():
            answers[ask(kept)] += 1

    with release("old") as old:
        proxy.switch(old)
        client = threading.Thread(target=load)
        client.start()
        while not answers:
            time.sleep(0.001)
        proxy.switch(new)
        assert proxy.drained(old, seconds=5)
    while not answers[200, "new"]:
        time.sleep(0.001)
    over.set()
    client.join()
    assert set(answers) == {(200, "old"), (200, "new")}


def test_a_get_that_the_dead_release_did_not_answer_is_answered_by_the_next(
    proxy: Proxy, new: Target
) -> None:
    proxy.switch(("127.0.0.1", free_port()))
    answers: list[tuple[int, str]] = []
    waiting = threading.Thread(target=lambda: answers.append(get(proxy)))
    waiting.start()
    proxy.switch(new)
    waiting.join()
    assert answers == [(200, "new")]


def test_a_post_is_sent_once(proxy: Proxy) -> None:
    proxy.switch(("127.0.0.1", free_port()))
    client = connection(proxy)
    began = time.monotonic()
    client.request("POST", "/", body=b"x")
    assert client.getresponse().status == 502
    assert time.monotonic() - began < proxy_module.TRIES * proxy_module.BETWEEN_TRIES


def test_a_release_that_only_hangs_up_gives_502(
    proxy: Proxy, old: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_module, "BETWEEN_TRIES", 0.001)
    proxy.switch(old)
    assert get(proxy, "/cut")[0] == 502
    assert get(proxy) == (200, "old")


def test_an_answer_that_breaks_off_is_seen_as_one(proxy: Proxy, old: Target) -> None:
    proxy.switch(old)
    client = connection(proxy)
    client.request("GET", "/half")
    with pytest.raises(http.client.IncompleteRead):
        client.getresponse().read()


def test_bodies_are_streamed_in_both_directions(proxy: Proxy, old: Target) -> None:
    proxy.switch(old)
    client = connection(proxy)
    large = bytes(range(256)) * 20_000
    client.request("POST", "/", body=large)
    assert client.getresponse().read() == large
    client.request("POST", "/", body=iter([b"a" * 100_000, b"b"]))
    assert client.getresponse().read() == b"a" * 100_000 + b"b"
    assert ask(client, "/chunked") == (200, "onetwothree")


def test_a_client_that_waits_for_100_continue_gets_it(proxy: Proxy, old: Target) -> None:
    proxy.switch(old)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
        client.sendall(head)
        assert client.recv(1024).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"hi")
        answer = client.recv(1024)
        while not answer.endswith(b"hi"):
            answer += client.recv(1024)
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_an_answer_before_the_whole_request_arrives(proxy: Proxy, old: Target) -> None:
    proxy.switch(old)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
        client.sendall(b"POST /too-large HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbeginning")
        assert client.recv(1024).startswith(b"HTTP/1.1 413 ")


def test_head_has_the_length_and_no_body(proxy: Proxy, old: Target) -> None:
    proxy.switch(old)
    client = connection(proxy)
    client.request("HEAD", "/")
    response = client.getresponse()
    assert (response.status, response.headers["Content-Length"], response.read()) == (200, "1234", b"")
    assert ask(client) == (200, "old")


def test_the_release_sees_a_request_that_came_by_tls(proxy: Proxy, old: Target) -> None:
    proxy.switch(old)
    client = connection(proxy)
    headers = {"Host": "shop.example.com", "X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.7"}
    client.request("GET", "/headers", headers=headers)
    seen = client.getresponse().read().decode().splitlines()
    assert "Host: shop.example.com" in seen
    assert "X-Forwarded-For: 203.0.113.7, 127.0.0.1" in seen
    assert [line for line in seen if line.startswith("X-Forwarded-Proto")] == ["X-Forwarded-Proto: https"]


def test_a_client_of_http_1_0_gets_a_plain_body_and_the_end(proxy: Proxy, old: Target) -> None:
    proxy.switch(old)
    answer = raw(proxy, b"GET /chunked HTTP/1.0\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nonetwothree")


def test_what_is_no_http_gets_400(proxy: Proxy, old: Target) -> None:
    proxy.switch(old)
    assert raw(proxy, b"how do you do\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_port_that_is_taken_is_an_error_at_the_start(proxy: Proxy) -> None:
    with pytest.raises(OSError):
        Proxy(proxy.port).start()
