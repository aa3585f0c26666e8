"""Log files: written line by line, merged by time, followed across a rotation, whatever the bytes."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smctl.stack.embedded import logs
from smctl.stack.embedded.logs import LogFile
from smctl.stack.services import LogLine

Follow = Callable[..., Callable[[], LogLine]]


def write(folder: Path, service: str, *lines: str) -> None:
    with open(folder / f"{service}.log", "a", encoding="utf-8", newline="") as stream:
        stream.writelines(f"{line}\n" for line in lines)


def at(second: int) -> str:
    return f"2026-11-22T18:00:{second:02d}.000Z"


def history(
    folder: Path, services: Sequence[str], *, since: float | None = None, tail: int | None = None
) -> list[str]:
    return [line.text for line in logs.read(folder, services, follow=False, since=since, tail=tail)]


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Follow]:
    """Follow logs in a thread; what it returns waits for the next line, 5 s at most."""
    over = threading.Event()

    def begin(*services: str, tail: int | None = None) -> Callable[[], LogLine]:
        lines: queue.Queue[LogLine] = queue.Queue()

        def work() -> None:
            for line in logs.read(tmp_path, services, follow=True, since=None, tail=tail):
                if over.is_set():
                    return
                lines.put(line)

        threading.Thread(target=work, daemon=True).start()
        return lambda: lines.get(timeout=5)

    yield begin
    over.set()


def test_each_line_is_written_at_once_with_its_time(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "web.log")
    before = datetime.now(UTC)
    log.write("hello  world")
    (line,) = logs.read(tmp_path, ["web"], follow=False, since=None, tail=None)
    assert (line.service, line.text) == ("web", "hello  world")
    assert abs(datetime.fromisoformat(line.at) - before).total_seconds() < 5
    assert list(log.last) == ["hello  world"]


def test_the_lines_of_services_are_merged_by_time(tmp_path: Path) -> None:
    write(tmp_path, "web", f"{at(1)} a", f"{at(3)} c")
    write(tmp_path, "db", f"{at(2)} b", f"{at(4)} d")
    assert history(tmp_path, ["web", "db"]) == ["a", "b", "c", "d"]
    assert history(tmp_path, ["db"]) == ["b", "d"]


def test_a_service_without_a_log_has_no_lines(tmp_path: Path) -> None:
    assert history(tmp_path, ["web"]) == []


def test_tail_is_the_last_lines_of_each_service(tmp_path: Path) -> None:
    write(tmp_path, "web", *(f"{at(number)} web {number}" for number in range(9)))
    write(tmp_path, "db", f"{at(0)} db 0")
    assert history(tmp_path, ["web", "db"], tail=2) == ["db 0", "web 7", "web 8"]
    assert history(tmp_path, ["web", "db"], tail=0) == []


def test_since_leaves_out_what_is_older(tmp_path: Path) -> None:
    write(tmp_path, "web", f"{at(1)} a", f"{at(2)} b", f"{at(3)} c")
    moment = datetime.fromisoformat(at(2)).timestamp()
    assert history(tmp_path, ["web"], since=moment) == ["b", "c"]


def test_a_file_that_has_grown_large_is_rotated_and_still_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LARGEST", 1000)
    log = LogFile(tmp_path / "web.log")
    for number in range(60):
        log.write(f"line {number}")
    assert {path.name for path in tmp_path.iterdir()} == {"web.log", "web.log.1"}
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2200
    read = history(tmp_path, ["web"])
    assert read == [f"line {number}" for number in range(60 - len(read), 60)]
    assert len(read) > 25


def test_bytes_that_are_no_text_are_shown_as_such(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_bytes(f"{at(1)} a".encode() + b"\xff\xfeb\n")
    assert history(tmp_path, ["web"]) == ["a\ufffd\ufffdb"]


def test_text_that_no_encoding_holds_is_written_all_the_same(tmp_path: Path) -> None:
    LogFile(tmp_path / "web.log").write("a\udcffb দোকান")
    assert history(tmp_path, ["web"]) == ["a?b দোকান"]


def test_a_line_without_time_keeps_its_place(tmp_path: Path) -> None:
    write(tmp_path, "web", f"{at(1)} a", "no time", f"{at(3)} c")
    write(tmp_path, "db", f"{at(2)} b")
    lines = list(logs.read(tmp_path, ["web", "db"], follow=False, since=None, tail=None))
    assert [line.text for line in lines] == ["a", "no time", "b", "c"]
    assert lines[1].at == ""


def test_a_line_that_overwrites_itself_is_one_line(tmp_path: Path) -> None:
    LogFile(tmp_path / "web.log").write("10 %\r20 %\r30 %\x0b.\u2028.")
    assert history(tmp_path, ["web"]) == ["10 %\r20 %\r30 %\x0b.\u2028."]


def test_a_very_long_line_is_one_line(tmp_path: Path) -> None:
    long = "x" * 3_000_000
    LogFile(tmp_path / "web.log").write(long)
    assert history(tmp_path, ["web"]) == [long]


def test_a_full_disk_does_not_stop_whoever_writes() -> None:
    log = LogFile(Path("/dev/full"))
    for _ in range(3):
        log.write("x" * 10_000)
    assert len(log.last) == 3


def test_following_shows_history_then_each_new_line(tmp_path: Path, follow: Follow) -> None:
    write(tmp_path, "web", f"{at(1)} a", f"{at(2)} b")
    next_line = follow("web", tail=1)
    assert next_line().text == "b"
    log = LogFile(tmp_path / "web.log")
    for text in ("c", "d"):
        log.write(text)
        assert next_line().text == text


def test_following_a_service_that_has_not_started_yet(tmp_path: Path, follow: Follow) -> None:
    next_line = follow("web", "worker")
    time.sleep(2 * logs.FOLLOW_EVERY)
    write(tmp_path, "worker", f"{at(1)} first")
    assert next_line() == LogLine("worker", at(1), "first")


def test_following_goes_on_across_a_rotation(
    tmp_path: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LARGEST", 200)
    log = LogFile(tmp_path / "web.log")
    next_line = follow("web")
    for number in range(20):
        log.write(f"line {number}")
        assert next_line().text == f"line {number}"
    assert (tmp_path / "web.log.1").exists()


def test_following_waits_for_the_end_of_a_line_that_is_being_written(tmp_path: Path, follow: Follow) -> None:
    next_line = follow("web")
    with open(tmp_path / "web.log", "wb", buffering=0) as stream:
        for part in (at(1).encode(), b" one", b" li", "দ".encode()[:1], "দ".encode()[1:], b"ne\n"):
            stream.write(part)
            time.sleep(2 * logs.FOLLOW_EVERY)
    assert next_line() == LogLine("web", at(1), "one liদne")


def test_following_goes_on_after_the_logs_were_removed(tmp_path: Path, follow: Follow) -> None:
    write(tmp_path, "web", f"{at(1)} a")
    next_line = follow("web")
    assert next_line().text == "a"
    (tmp_path / "web.log").unlink()
    time.sleep(2 * logs.FOLLOW_EVERY)
    write(tmp_path, "web", f"{at(2)} b")
    assert next_line().text == "b"
