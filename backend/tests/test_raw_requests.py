"""Bytes that no HTTP library sends, on a real gunicorn."""

import json
import socket
from collections.abc import Iterator

import pytest
from django.test import Client, override_settings

from tests.support.web import Web, serving

HEAD = (
    "POST /api/auth/login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    "Content-Type: application/json\r\n"
)
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def web(env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with serving(env, tmp_path_factory.mktemp("web") / "gunicorn.log") as served:
        yield served


def answer(web: Web, head: str, *parts: bytes) -> tuple[int, str]:
    """Send the bytes as they are, and return the status and the code of the envelope that comes back."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=10) as connection:
        try:
            connection.sendall((head + "\r\n").encode("latin-1"))
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass  # It has answered already and reads no more.
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
    status_line, _, rest = received.partition(b"\r\n")
    body = json.loads(rest.partition(b"\r\n\r\n")[2])
    assert set(body) == {"code", "message", "fields", "request_id"}
    return int(status_line.split()[1]), body["code"]


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def test_a_body_in_chunks_is_asked_for_its_length(web: Web) -> None:
    head = HEAD + "Transfer-Encoding: chunked\r\n"
    body = b'{"email": "a@example.com", "password": "x"}'
    assert answer(web, head, chunk(body), b"0\r\n\r\n") == (411, "length_required")


def test_chunks_without_an_end_are_not_waited_for(web: Web) -> None:
    head = HEAD + "Transfer-Encoding: chunked\r\n"
    assert answer(web, head, *[chunk(b"x" * MEGABYTE)] * 3) == (411, "length_required")


def test_ten_megabytes_are_too_many(web: Web) -> None:
    head = HEAD + f"Content-Length: {10 * MEGABYTE}\r\n"
    assert answer(web, head, *[b" " * MEGABYTE] * 10) == (413, "too_large")


def test_ten_megabytes_are_refused_before_they_have_come(web: Web) -> None:
    assert answer(web, HEAD + f"Content-Length: {10 * MEGABYTE}\r\n") == (413, "too_large")


@pytest.mark.parametrize(
    "charset", ["zlib", "bz2", "base64", "rot13", "idna", "undefined", "utf-16", "nosuch"]
)
def test_no_charset_breaks_a_request(charset: str, web: Web) -> None:
    head = HEAD.replace("/login/", "/login/?a=b").replace("json", f"json; charset={charset}")
    assert answer(web, head + "Content-Length: 2\r\n", b"{}") == (400, "invalid")


@pytest.mark.parametrize("charset", ["", "; charset=utf-8"])
def test_more_parameters_than_django_reads_are_refused(charset: str, web: Web) -> None:
    head = HEAD.replace("/login/", "/login/?" + "a&" * 1500).replace("json", f"json{charset}")
    assert answer(web, head + "Content-Length: 2\r\n", b"{}") == (400, "bad_request")


def test_half_a_body_is_not_a_body(web: Web) -> None:
    with socket.create_connection(("127.0.0.1", web.port), timeout=10) as connection:
        connection.sendall((HEAD + "Content-Length: 100\r\n\r\n{").encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(12) in (b"HTTP/1.1 400", b"")


@override_settings(DEBUG=True)
def test_a_page_of_errors_under_debug_is_not_what_breaks(client: Client) -> None:
    assert client.get("/api/?" + "a&" * 1500).status_code == 400
