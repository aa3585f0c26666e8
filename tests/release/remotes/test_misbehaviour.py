"""What our client does when the other side misbehaves: how often it asks, what it says, what it hides."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import ClassVar

import pytest

from smctl.rehearsal.api import Api
from smctl.rehearsal.faults import Rule
from smctl.rehearsal.pace import Pace
from smctl.rehearsal.platform import Platform
from smctl.release.remotes.account import Account
from smctl.release.remotes.failure import RequestFailed
from smctl.release.remotes.github import GitHub
from smctl.release.remotes.http import Clock, Http
from smctl.release.remotes.render import Render
from tests.rehearsal.memory_runner import KEY, REPOSITORY, SOON, A, B, MemoryRunner, id_of, released


@dataclass
class HeldClock(Clock):
    """Passes only while somebody sleeps."""

    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Patient:
    """A client of Render's that does not really wait, and what it said meanwhile."""

    render: Render
    clock: HeldClock
    said: list[str]


@pytest.fixture
def patient(api: Api) -> Iterator[Patient]:
    said: list[str] = []
    clock = HeldClock()
    account = Account("Render", api.environment["RENDER_API_URL"], KEY, "RENDER_API_KEY", "the dashboard")
    render = Render(Http(account, on_wait=said.append, patience=90, clock=clock))
    yield Patient(render, clock, said)
    render.close()


Call = Callable[[Render, str], None]


def _read(render: Render, service: str) -> None:
    render.service(service)


def _change(render: Render, service: str) -> None:
    render.set_auto_deploy(service, False)


def _write(render: Render, service: str) -> None:
    render.set_variable(service, "NAME", "v4lue")


def _remove(render: Render, service: str) -> None:
    render.remove_variable(service, "SECRET")


def _deploy(render: Render, service: str) -> None:
    render.start_deploy(service, A)


REPEATABLE = [_read, _change, _write, _remove]
BROKEN = [
    Rule(status=500, times=3),
    Rule(status=503, times=3),
    Rule(cut="before", times=3),
    Rule(cut="after", times=3),
    Rule(status=429, times=3, headers={"Ratelimit-Reset": "7"}),
]


def _named(value: object) -> str:
    if isinstance(value, Rule):
        return f"{value.status or value.cut or value.answer_delay}"
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize("fault", BROKEN, ids=_named)
@pytest.mark.parametrize("call", REPEATABLE, ids=_named)
def test_what_can_be_repeated_is_repeated_until_it_is_done_and_says_why_it_waits(
    platform: Platform, api: Api, patient: Patient, call: Call, fault: Rule
) -> None:
    platform.faults.add(Rule(**vars(fault)))
    call(patient.render, id_of(platform, "web"))
    assert len(api.calls.all) == 4
    assert len(patient.said) == 3
    assert all(text.startswith("Render ") and "trying again" in text for text in patient.said)
    _shows_no_secret(patient.said)


@pytest.mark.parametrize(
    ("fault", "code", "unsure"),
    [
        (Rule(status=500), "render_failed", True),
        (Rule(status=503), "render_failed", True),
        (Rule(cut="before"), "render_no_answer", True),
        (Rule(cut="after"), "render_no_answer", True),
        (Rule(status=400, body={"message": "no"}), "render_refused", False),
        (Rule(status=401), "render_key_refused", False),
        (Rule(status=409), "render_conflict", False),
    ],
    ids=_named,
)
def test_a_deploy_is_asked_for_once_and_the_error_says_whether_it_may_have_begun(
    platform: Platform, api: Api, patient: Patient, fault: Rule, code: str, unsure: bool
) -> None:
    platform.faults.add(Rule(**vars(fault) | {"method": "POST"}))
    with pytest.raises(RequestFailed) as caught:
        _deploy(patient.render, id_of(platform, "web"))
    assert (caught.value.code, caught.value.unsure) == (code, unsure)
    assert api.calls.count("POST", "/deploys") == 1
    assert patient.clock.slept == []
    _shows_no_secret([caught.value.message, caught.value.why, caught.value.fix, repr(caught.value)])


def test_a_deploy_whose_answer_was_cut_has_begun_once_and_can_be_found(
    platform: Platform, api: Api, patient: Patient
) -> None:
    service = id_of(platform, "web")
    platform.faults.add(Rule(method="POST", cut="after"))
    with pytest.raises(RequestFailed):
        patient.render.start_deploy(service, A)
    (found,) = patient.render.deploys(service)
    assert (found.image, found.trigger) == (A, "api")
    platform.wait(found.id, SOON)


def test_a_deploy_that_was_turned_away_by_a_limit_is_asked_for_again_when_the_limit_has_passed(
    platform: Platform, api: Api, patient: Patient
) -> None:
    platform.faults.add(Rule(method="POST", status=429, headers={"Ratelimit-Reset": "42"}))
    started = patient.render.start_deploy(id_of(platform, "web"), A)
    assert started is not None
    assert api.calls.count("POST", "/deploys") == 2
    assert len(platform.state.deploys) == 1
    (slept,) = patient.clock.slept
    assert 42 <= slept <= 42.5
    assert patient.said == ["Render has had too many requests; trying again in 42 s."]
    platform.wait(started.id, SOON)


def test_a_deploy_that_no_connection_could_be_made_for_is_asked_for_again(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        account = Account("Render", f"http://127.0.0.1:{closed.getsockname()[1]}/v1", KEY)
        render = Render(Http(account, on_wait=said.append, patience=5, clock=HeldClock()))
        with pytest.raises(RequestFailed) as caught:
            render.start_deploy("srv-1", A)
    assert (caught.value.code, caught.value.unsure) == ("render_unreachable", False)
    assert len(said) > 2
    _shows_no_secret([*said, caught.value.why])


def test_a_queued_deploy_has_an_empty_answer_and_so_has_one_that_was_begun_without_saying_so(
    platform: Platform, patient: Patient
) -> None:
    platform.faults.add(Rule(method="POST", path="/deploys$", empty_202=True))
    service = id_of(platform, "web")
    assert patient.render.start_deploy(service, A) is None
    (found,) = patient.render.deploys(service)
    assert found.image == A
    platform.wait(found.id, SOON)


def test_what_goes_on_failing_ends_with_the_servers_words_and_its_request_id(
    platform: Platform, api: Api, patient: Patient
) -> None:
    platform.faults.add(Rule(status=500, times=0, body={"message": "the database is away"}))
    with pytest.raises(RequestFailed) as caught:
        patient.render.services()
    failed = caught.value
    assert (failed.code, failed.status, failed.exit_status) == ("render_failed", 500, 5)
    assert "GET /render/v1/services was answered 500: the database is away" in failed.why
    assert "api-rehearsal/" in failed.why
    assert 60 < sum(patient.clock.slept) <= 90
    assert len(api.calls.all) == len(patient.clock.slept) + 1
    assert max(patient.clock.slept) <= 10


def test_pauses_grow_and_are_not_the_same_for_everybody(
    platform: Platform, api: Api, patient: Patient
) -> None:
    platform.faults.add(Rule(status=500, times=4))
    patient.render.services()
    bounds = [(0.25, 0.5), (0.5, 1), (1, 2), (2, 4)]
    assert all(low <= slept <= high for slept, (low, high) in zip(patient.clock.slept, bounds, strict=True))


def test_a_limit_that_lasts_longer_than_our_patience_is_not_waited_for(
    platform: Platform, api: Api, patient: Patient
) -> None:
    platform.faults.add(Rule(status=429, headers={"Ratelimit-Reset": "3600"}))
    with pytest.raises(RequestFailed) as caught:
        patient.render.services()
    assert caught.value.code == "render_rate_limited"
    assert (patient.clock.slept, len(api.calls.all)) == ([], 1)
    assert "It can be asked again in 3600 s." in caught.value.why


@pytest.mark.parametrize("header", ["Retry-After", "Ratelimit-Reset"])
def test_a_moment_instead_of_seconds_is_understood(platform: Platform, patient: Patient, header: str) -> None:
    then = time.time() + 30
    value = formatdate(then, usegmt=True) if header == "Retry-After" else str(int(then))
    reset = {"Ratelimit-Reset": "", "Retry-After": ""} | {header: value}
    platform.faults.add(Rule(status=429, headers=reset))
    patient.render.services()
    (slept,) = patient.clock.slept
    assert 28 <= slept <= 30.5


def test_a_wrong_key_is_one_request_and_names_the_variable_that_has_it(api: Api, platform: Platform) -> None:
    wrong = "rnd_wrong000000000000000000000"
    render = Render.from_environment(api.environment | {"RENDER_API_KEY": wrong})
    with pytest.raises(RequestFailed) as caught:
        render.services()
    assert caught.value.code == "render_key_refused"
    assert "RENDER_API_KEY" in caught.value.fix
    assert caught.value.why.startswith("GET /render/v1/services was answered 401: Unauthorized")
    assert len(api.calls.all) == 1
    assert wrong not in str(caught.value.as_document()) + repr(render)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "no"}, ": no"),
        ({}, ", without a word of why."),
        ("404 page not found\n", ": 404 page not found"),
        ("", ", without a word of why."),
        ({"id": "x", "error": {"message": "nested"}}, ": nested"),
        ([{"message": "first"}, {"message": "second"}], ": first"),
    ],
)
def test_errors_without_a_message_with_plain_text_and_with_nothing_are_understood(
    platform: Platform, patient: Patient, body: object, words: str
) -> None:
    platform.faults.add(Rule(status=400, body=body))
    with pytest.raises(RequestFailed) as caught:
        patient.render.services()
    assert caught.value.why.splitlines()[0].endswith(f"answered 400{words}")


def test_a_server_that_repeats_the_key_or_a_value_does_not_get_it_shown(
    platform: Platform, patient: Patient
) -> None:
    platform.faults.add(Rule(status=400, body={"message": f"bad value v4lue for {KEY}"}))
    with pytest.raises(RequestFailed) as caught:
        _write(patient.render, id_of(platform, "web"))
    assert "bad value … for …" in caught.value.why
    _shows_no_secret([str(caught.value.as_document())])


def test_an_answer_that_is_no_json_is_an_error_with_its_first_words() -> None:
    with _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n<html>Log in here</h") as url:
        render = Render(Http(Account("Render", url, KEY), clock=HeldClock()))
        with pytest.raises(RequestFailed, match="cannot be read") as caught:
            render.service("srv-1")
    assert "<html>Log in here" in caught.value.why


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"<html>", b""])
def test_an_answer_of_another_kind_is_an_error_and_no_surprise(body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    with _raw(head + body) as url:
        render = Render(Http(Account("Render", url, KEY), clock=HeldClock()))
        with pytest.raises(RequestFailed) as caught:
            render.service("srv-1")
        assert caught.value.code == "render_unreadable"
        github = GitHub(Http(Account("GitHub", url, KEY), clock=HeldClock()), "owner/shop")
        with pytest.raises(RequestFailed) as caught:
            github.runs("a" * 40)
        assert caught.value.code == "github_unreadable"


@pytest.mark.parametrize("body", [b"{}", b'["text"]', b"<html>"])
def test_a_list_that_is_none_is_an_error_and_no_surprise(body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    with _raw(head + body) as url:
        render = Render(Http(Account("Render", url, KEY), clock=HeldClock()))
        with pytest.raises(RequestFailed) as caught:
            render.services()
    assert caught.value.code == "render_unreadable"


def test_a_redirect_is_not_followed_with_the_key_and_not_taken_for_an_answer() -> None:
    answer = b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with _raw(answer) as url:
        render = Render(Http(Account("Render", url, KEY), clock=HeldClock()))
        with pytest.raises(RequestFailed) as caught:
            render.start_deploy("srv-1", A)
    assert (caught.value.code, caught.value.status) == ("render_moved", 301)


def test_a_log_that_lies_on_another_host_is_fetched_without_the_key() -> None:
    with _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlog\n") as storage:
        there = (
            f"HTTP/1.1 302 Found\r\nLocation: {storage}/log\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        with _raw(there.encode()) as url:
            environ = {"GITHUB_API_URL": url, "GITHUB_TOKEN": KEY}
            assert GitHub.from_environment(environ, "owner/shop").job_log(1) == "log\n"
    assert KEY.encode() in _raw.heard[url]
    assert b"GET /log" in _raw.heard[storage]
    assert KEY.encode() not in _raw.heard[storage]


def test_a_body_that_cannot_be_unpacked_is_asked_for_again_and_then_an_error() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"
    clock = HeldClock()
    with _raw(head + b"none") as url:
        render = Render(Http(Account("Render", url, KEY), patience=5, clock=clock))
        with pytest.raises(RequestFailed) as caught:
            render.services()
    assert caught.value.code == "render_unreachable"
    assert clock.slept


def test_a_servers_words_cannot_move_the_cursor(platform: Platform, patient: Patient) -> None:
    platform.faults.add(Rule(status=400, body={"message": "\x1b[2Jgone\x07"}))
    with pytest.raises(RequestFailed) as caught:
        patient.render.services()
    assert caught.value.why.splitlines()[0].endswith(": " + " [2Jgone ")


def test_githubs_way_of_saying_too_often_is_waited_for(platform: Platform, api: Api) -> None:
    clock, said = HeldClock(), list[str]()
    account = Account("GitHub", api.environment["GITHUB_API_URL"], KEY, "GITHUB_TOKEN")
    github = GitHub(Http(account, on_wait=said.append, clock=clock), "owner/shop")
    limit = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 20)}
    platform.faults.add(Rule(path="^/github", status=403, headers=limit))
    assert github.runs("a" * 40) == []
    assert 18 <= clock.slept[0] <= 20.5
    platform.faults.add(Rule(path="^/github", status=403, body={"message": "Resource not accessible"}))
    with pytest.raises(RequestFailed) as caught:
        github.runs("a" * 40)
    assert caught.value.code == "github_forbidden"
    assert "GITHUB_TOKEN" in caught.value.fix


def test_a_server_that_never_ends_its_answer_is_given_up_at_the_deadline() -> None:
    with _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{", linger=True) as url:
        render = Render(Http(Account("Render", url, KEY), patience=0.3))
        with pytest.raises(RequestFailed) as caught:
            render.service("srv-1")
    assert "time was up" in caught.value.why


def test_a_time_out_of_a_post_is_unsure(platform: Platform, api: Api) -> None:
    platform.faults.add(Rule(method="POST", answer_delay=1))
    render = Render.from_environment(api.environment, patience=0.3)
    with pytest.raises(RequestFailed) as caught:
        render.start_deploy(id_of(platform, "web"), A)
    assert caught.value.unsure
    assert len(platform.state.deploys) == 1


def test_no_log_of_the_libraries_has_the_key(
    platform: Platform, patient: Patient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _write(patient.render, id_of(platform, "web"))
    assert caplog.records
    _shows_no_secret([caplog.text])


@pytest.mark.parametrize("service", ["web", "worker"])
def test_deploys_go_wrong_on_demand(platform: Platform, render: Render, service: str) -> None:
    old = released(platform, service, A)
    platform.faults.add(Rule(service=f"^{service}$", deploy="crash"))
    failed = released(platform, service, B)
    assert (old.status, failed.status) == ("live", "update_failed")
    assert released(platform, service, B).status == "live"


def test_the_worker_can_fail_after_the_web_went_live(platform: Platform, render: Render) -> None:
    platform.faults.add(Rule(service="worker", deploy="unhealthy", nth=2))
    assert [released(platform, name, A).status for name in ("web", "worker")] == ["live", "live"]
    assert [released(platform, name, B).status for name in ("web", "worker")] == ["live", "update_failed"]


def test_a_build_can_be_slow(platform: Platform, render: Render) -> None:
    platform.faults.add(Rule(service="web", deploy="slow_build", seconds=0.2))
    started = render.start_deploy(id_of(platform, "web"), A)
    assert started is not None
    assert platform.state.wait_for(
        lambda: platform.state.deploys[started.id].status == "build_in_progress", SOON
    )
    assert platform.wait(started.id, SOON).status == "live"


def test_a_release_can_end_after_it_went_live_and_stay_down(
    platform: Platform, render: Render, runner: MemoryRunner
) -> None:
    platform.faults.add(Rule(service="web", deploy="crash_when_live", seconds=0.01))
    released(platform, "web", A)
    assert platform.state.wait_for(lambda: platform.state.events[-1].type == "server_failed", SOON)
    assert runner.running == {}


def test_ten_changes_of_a_service_in_a_minute_are_the_limit_that_deploys_share(
    tmp_path: Path, runner: MemoryRunner
) -> None:
    platform = Platform(tmp_path / "slow", runner, pace=Pace(1.0), key=KEY)
    service = platform.add_service("web", "web", REPOSITORY, {})
    api = Api(platform)
    api.start()
    clock = HeldClock()
    account = Account("Render", api.environment["RENDER_API_URL"], KEY)
    render = Render(Http(account, patience=30, clock=clock))
    for _ in range(9):
        render.set_auto_deploy(service, False)
    render.start_deploy(service, A)
    with pytest.raises(RequestFailed) as caught:
        render.start_deploy(service, B)
    assert caught.value.code == "render_rate_limited"
    assert render.service(service).image  # reading has a limit of its own
    api.stop()


class _raw:
    """A server that answers every connection with the same bytes. heard: the last request, by its URL."""

    heard: ClassVar[dict[str, bytes]] = {}

    def __init__(self, answer: bytes, *, linger: bool = False) -> None:
        self._answer = answer
        self._linger = linger
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._kept: list[socket.socket] = []
        self._url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> str:
        threading.Thread(target=self._serve, daemon=True).start()
        return self._url

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.heard[self._url] = connection.recv(65536)
            connection.sendall(self._answer)
            self._kept.append(connection)
            if not self._linger:
                connection.close()

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for connection in self._kept:
            connection.close()


def _shows_no_secret(texts: list[str]) -> None:
    for text in texts:
        assert KEY not in text
        assert "v4lue" not in text
        assert "s3cret" not in text
