"""What our clients make of answers that no API gives: a proxy's page, half a body, a redirect."""

from __future__ import annotations

import pytest

from smctl.release.remotes.account import Account
from smctl.release.remotes.failure import RequestFailed
from smctl.release.remotes.github import GitHub
from smctl.release.remotes.http import Http
from smctl.release.remotes.render import Render
from tests.rehearsal.memory_runner import KEY, A
from tests.release.remotes.held_clock import HeldClock
from tests.release.remotes.raw import Raw


def test_an_answer_that_is_no_json_is_an_error_with_its_first_words() -> None:
    with Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n<html>Log in here</h") as url:
        render = Render(Http(Account("Render", url, KEY), clock=HeldClock()))
        with pytest.raises(RequestFailed, match="cannot be read") as caught:
            render.service("srv-1")
    assert "<html>Log in here" in caught.value.why


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"<html>", b""])
def test_an_answer_of_another_kind_is_an_error_and_no_surprise(body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    with Raw(head + body) as url:
        render = Render(Http(Account("Render", url, KEY), clock=HeldClock()))
        with pytest.raises(RequestFailed) as caught:
            render.service("srv-1")
        assert caught.value.code == "render_unreadable"
        github = GitHub(Http(Account("GitHub", url, KEY), clock=HeldClock()), "owner/shop")
        with pytest.raises(RequestFailed) as caught:
            github.runs("a" * 40)
        assert caught.value.code == "github_unreadable"


def test_of_half_a_list_of_variables_nothing_is_shown() -> None:
    body = b'[{"envVar":{"key":"SECRET","value":"s3cret"}'
    with Raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body) as url:
        render = Render(Http(Account("Render", url, KEY), clock=HeldClock()))
        with pytest.raises(RequestFailed) as caught:
            render.variables("srv-1")
    assert caught.value.code == "render_unreadable"
    assert "s3cret" not in str(caught.value.as_document())


def test_a_deploy_whose_answer_cannot_be_read_may_have_begun() -> None:
    with Raw(b"HTTP/1.1 201 Created\r\nContent-Length: 6\r\n\r\n<html>") as url:
        render = Render(Http(Account("Render", url, KEY), clock=HeldClock()))
        with pytest.raises(RequestFailed) as caught:
            render.start_deploy("srv-1", A)
    assert caught.value.unsure


@pytest.mark.parametrize("body", [b"{}", b'["text"]', b"<html>"])
def test_a_list_that_is_none_is_an_error_and_no_surprise(body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    with Raw(head + body) as url:
        render = Render(Http(Account("Render", url, KEY), clock=HeldClock()))
        with pytest.raises(RequestFailed) as caught:
            render.services()
    assert caught.value.code == "render_unreadable"


def test_a_redirect_is_not_followed_with_the_key_and_not_taken_for_an_answer() -> None:
    answer = b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with Raw(answer) as url:
        render = Render(Http(Account("Render", url, KEY), clock=HeldClock()))
        with pytest.raises(RequestFailed) as caught:
            render.start_deploy("srv-1", A)
    assert (caught.value.code, caught.value.status) == ("render_moved", 301)


def test_a_log_that_lies_on_another_host_is_fetched_without_the_key() -> None:
    with Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlog\n") as storage:
        there = (
            f"HTTP/1.1 302 Found\r\nLocation: {storage}/log\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        with Raw(there.encode()) as url:
            environ = {"GITHUB_API_URL": url, "GITHUB_TOKEN": KEY}
            assert GitHub.from_environment(environ, "owner/shop").job_log(1) == "log\n"
    assert KEY.encode() in Raw.heard[url]
    assert b"GET /log" in Raw.heard[storage]
    assert KEY.encode() not in Raw.heard[storage]


def test_a_body_that_cannot_be_unpacked_is_asked_for_again_and_then_an_error() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"
    clock = HeldClock()
    with Raw(head + b"none") as url:
        render = Render(Http(Account("Render", url, KEY), patience=5, clock=clock))
        with pytest.raises(RequestFailed) as caught:
            render.services()
    assert caught.value.code == "render_unreachable"
    assert clock.slept


def test_a_server_that_never_ends_its_answer_is_given_up_at_the_deadline() -> None:
    with Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{", linger=True) as url:
        render = Render(Http(Account("Render", url, KEY), patience=0.3))
        with pytest.raises(RequestFailed) as caught:
            render.service("srv-1")
    assert "time was up" in caught.value.why
