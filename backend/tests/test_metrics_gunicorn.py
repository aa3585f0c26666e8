"""/metrics as it is served: several workers, whichever answers, whatever becomes of them."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from subprocess import Popen

import pytest

from apps.core.metrics.folder import PREFIX, Slot, make, parent, remove
from tests.support.addresses import redis_url
from tests.support.processes import free_port, running, wait_until
from tests.support.prometheus import TOKEN, scrape
from tests.support.proxy import Proxy
from tests.support.web import Web, serving

REQUESTS = "smartmarket_http_requests_total"
WORKERS = 2
ANSWERED_WITHIN_SECONDS = 2.0
BOOTED_WITHIN_SECONDS = 30.0


@contextmanager
def measured(env: dict[str, str], log: Path, *options: str, **changes: str) -> Iterator[Web]:
    own = {"METRICS_TOKEN": TOKEN, "WEB_CONCURRENCY": str(WORKERS), **changes}
    with serving({**env, **own}, log, *options) as web:
        yield web


def counted(web: Web) -> float:
    return scrape(web).value(REQUESTS)


def children(web: Web) -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{web.pid}/task/{web.pid}/children").read_text().split()}


def folder_of(web: Web) -> Path:
    """Return the folder that the process has a locked file in."""
    links = (Path(f"/proc/{web.pid}/fd") / name for name in os.listdir(f"/proc/{web.pid}/fd"))
    targets = (Path(os.readlink(link)) for link in links if link.is_symlink())
    return next(target.parent for target in targets if target.parent.name.startswith(PREFIX))


def test_every_worker_answers_for_all(env: dict[str, str], log_file: Path) -> None:
    with measured(env, log_file) as web:
        folder, sent = folder_of(web), count()

        def both_have_answered() -> bool:
            next(sent)
            web.ask("/api/")
            return {path.name for path in folder.glob("counter_*")} == {"counter_0.db", "counter_1.db"}

        wait_until(both_have_answered, seconds=BOOTED_WITHIN_SECONDS)
        assert {counted(web) for _ in range(10)} == {next(sent)}


def test_no_count_is_lost_when_workers_are_killed(env: dict[str, str], log_file: Path) -> None:
    with measured(env, log_file) as web:
        for round_ in (1, 2):
            for _ in range(20):
                web.ask("/api/")
            victims = children(web)
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
            wait_until(lambda: len(children(web) - victims) == WORKERS, seconds=BOOTED_WITHIN_SECONDS)
            wait_until(web.answers, seconds=BOOTED_WITHIN_SECONDS)
            assert counted(web) == 20 * round_


def test_workers_that_are_replaced_leave_nothing_behind(env: dict[str, str], log_file: Path) -> None:
    with measured(env, log_file, "--max-requests", "5") as web:
        first, sent = children(web), 0
        while first & children(web) or sent < 20:
            assert web.ask("/api/").status == 200
            sent += 1
        assert counted(web) == sent
        assert len(list(folder_of(web).glob("counter_*.db"))) <= 2 * WORKERS


def test_counts_outlive_a_reload(env: dict[str, str], log_file: Path) -> None:
    with measured(env, log_file) as web:
        web.ask("/api/")
        before = children(web)
        os.kill(web.pid, signal.SIGHUP)
        wait_until(
            lambda: len(children(web)) == WORKERS and not before & children(web),
            seconds=BOOTED_WITHIN_SECONDS,
        )
        web.ask("/api/")
        assert counted(web) == 2


def test_a_folder_that_was_tidied_away_costs_counts_and_nothing_else(
    env: dict[str, str], log_file: Path
) -> None:
    # One worker, which has started by now: one that starts makes the folder again.
    with measured(env, log_file, WEB_CONCURRENCY="1") as web:
        remove(folder_of(web))
        assert web.ask("/api/").status == 200
        assert scrape(web).has("smartmarket_redis_up")
        before = children(web)
        os.kill(web.pid, signal.SIGHUP)
        wait_until(lambda: bool(children(web)) and not before & children(web), seconds=BOOTED_WITHIN_SECONDS)
        web.ask("/api/")
        assert counted(web) == 1


def test_the_folder_goes_with_its_gunicorn(env: dict[str, str], log_file: Path) -> None:
    with measured(env, log_file) as web:
        folder = folder_of(web)
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_what_a_killed_gunicorn_left_is_removed_by_the_next(env: dict[str, str], log_file: Path) -> None:
    with measured(env, log_file) as web:
        folder = folder_of(web)
        os.killpg(web.pid, signal.SIGKILL)
        wait_until(lambda: not web.answers(), seconds=5)
    with measured(env, log_file) as other, measured(env, log_file) as third:
        assert not folder.exists()
        assert folder_of(other) != folder_of(third)
        assert counted(other) == counted(third) == 0


def test_a_folder_of_somebody_who_lives_is_left_alone() -> None:
    folder = make()
    try:
        other = make()
        remove(other)
        assert folder.exists()
    finally:
        remove(folder)


def test_a_folder_that_is_no_folder_of_ours_is_left_alone(tmp_path: Path) -> None:
    link = parent() / f"{PREFIX}{tmp_path.name}"
    link.symlink_to(tmp_path)
    try:
        remove(make())
        assert tmp_path.exists() and link.is_symlink()
    finally:
        link.unlink()


def test_a_process_has_one_slot_and_two_have_two(tmp_path: Path) -> None:
    slot = Slot(tmp_path)
    assert [slot(), slot(), Slot(tmp_path)()] == [0, 0, 1]


def test_a_fork_takes_a_slot_of_its_own(tmp_path: Path) -> None:
    slot = Slot(tmp_path)
    assert slot() == 0
    if (pid := os.fork()) == 0:
        os._exit(slot())
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1


def test_without_a_token_nothing_is_kept(env: dict[str, str], log_file: Path) -> None:
    with serving(env, log_file) as web:
        assert web.ask("/metrics").status == 404
        with pytest.raises(StopIteration):
            folder_of(web)


@pytest.mark.usefixtures("worker")
def test_a_redis_that_hangs_or_is_dead_leaves_the_rest(
    env: dict[str, str], log_file: Path, redis_proxy: Proxy
) -> None:
    with measured(env, log_file, REDIS_URL=redis_url(redis_proxy.port)) as web:
        web.ask("/api/")
        assert scrape(web).value("smartmarket_redis_up") == 1
        redis_proxy.freeze()
        answer = web.ask("/metrics", Authorization=f"Bearer {TOKEN}")
        assert answer.seconds < ANSWERED_WITHIN_SECONDS
        assert_partial(web)
        redis_proxy.thaw()
        wait_until(lambda: scrape(web).value("smartmarket_redis_up") == 1, seconds=10)
        redis_proxy.kill()
        assert_partial(web)


def assert_partial(web: Web) -> None:
    found = scrape(web)
    assert found.value("smartmarket_redis_up") == 0
    assert found.value(REQUESTS) == 1
    assert not found.has("smartmarket_worker_up")


def test_a_scrape_that_waits_for_redis_keeps_no_probe_waiting(
    env: dict[str, str], log_file: Path, redis_proxy: Proxy
) -> None:
    with measured(env, log_file, REDIS_URL=redis_url(redis_proxy.port), WEB_CONCURRENCY="1") as web:
        redis_proxy.freeze()
        with ThreadPoolExecutor() as scrapers:
            waiting = [scrapers.submit(scrape, web) for _ in range(2)]
            assert web.ask("/health/live").seconds < 0.9
            assert web.ask("/health").seconds < ANSWERED_WITHIN_SECONDS
            assert [each.result().value("smartmarket_redis_up") for each in waiting] == [0, 0]


def test_many_scrapes_of_a_redis_that_hangs_ask_it_once(
    env: dict[str, str], log_file: Path, redis_proxy: Proxy
) -> None:
    with measured(env, log_file, REDIS_URL=redis_url(redis_proxy.port), WEB_CONCURRENCY="1") as web:
        redis_proxy.freeze()
        for _ in range(3):
            assert scrape(web).value("smartmarket_redis_up") == 0
        assert redis_proxy.accepted <= 3


def test_a_worker_that_is_silent_is_told_from_one_that_lives(
    env: dict[str, str], log_file: Path, worker: Popen[bytes]
) -> None:
    with measured(env, log_file) as web:
        wait_until(lambda: scrape(web).value("smartmarket_worker_up") == 1, seconds=10)
        found = scrape(web)
        assert 0 <= found.value("smartmarket_worker_heartbeat_age_seconds") < 1.6
        os.kill(worker.pid, signal.SIGSTOP)
        try:
            wait_until(lambda: scrape(web).value("smartmarket_worker_up") == 0, seconds=5)
            assert not scrape(web).has("smartmarket_worker_heartbeat_age_seconds")
        finally:
            os.kill(worker.pid, signal.SIGCONT)
        wait_until(lambda: scrape(web).value("smartmarket_worker_up") == 1, seconds=5)


def test_a_broken_start_says_so_and_leaves_no_folder(env: dict[str, str], log_file: Path) -> None:
    port = free_port()
    broken = {**env, "METRICS_TOKEN": TOKEN, "DJANGO_LOG_FORMAT": "xml"}
    with running(
        "gunicorn", "smartmarket.wsgi", "-b", f"127.0.0.1:{port}", env=broken, log=log_file
    ) as master:
        assert master.wait(10) != 0
    assert "DJANGO_LOG_FORMAT" in log_file.read_text()
    assert not list(parent().glob(f"{PREFIX}{master.pid}-*"))
