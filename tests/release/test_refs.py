"""Lock and hold on a real git remote."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from smctl.errors import Refused, SmctlError
from smctl.release import refs
from smctl.release.refs import HOLD, LOCK, Refs

SHA = "a" * 40


def git(folder: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def clone(tmp_path: Path) -> Callable[[str], Refs]:
    """Makes clones of one remote."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "origin.git")], check=True)

    def made(name: str) -> Refs:
        folder = tmp_path / name
        subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
        git(folder, "remote", "add", "origin", str(tmp_path / "origin.git"))
        return Refs(folder, "origin")

    return made


def silent(text: str) -> None:
    pass


def test_a_note_is_read_by_every_clone_as_it_was_written(clone: Callable[[str], Refs]) -> None:
    mine = refs.note(SHA, "rolled back from")
    assert clone("one").put(HOLD, mine)
    found = clone("two").find(HOLD)
    assert found and found.note == mine
    assert str(mine).startswith(f"rolled back from {SHA[:12]}, by {mine.who}, ")


def test_there_is_none_at_first(clone: Callable[[str], Refs]) -> None:
    assert clone("one").find(LOCK) is None


def test_the_second_does_not_get_it(clone: Callable[[str], Refs]) -> None:
    assert clone("one").put(LOCK, refs.note(SHA, "deploys"))
    assert not clone("two").put(LOCK, refs.note(SHA, "deploys"))


def test_of_many_at_once_one_gets_it(clone: Callable[[str], Refs]) -> None:
    clones = [clone(str(number)) for number in range(6)]
    got = list[bool]()
    threads = [
        threading.Thread(target=lambda each=each: got.append(each.put(LOCK, refs.note(SHA, "deploys"))))
        for each in clones
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 5 + [True]


def test_it_is_given_back_also_after_a_failure(clone: Callable[[str], Refs]) -> None:
    one = clone("one")
    with pytest.raises(ZeroDivisionError):
        with refs.locked(one, refs.note(SHA, "deploys"), wait=0, take_over=False, on_wait=silent):
            assert one.find(LOCK)
            _ = 1 / 0
    assert one.find(LOCK) is None


def test_who_comes_second_is_told_who_has_it(clone: Callable[[str], Refs]) -> None:
    mine = refs.note(SHA, "deploys")
    with refs.locked(clone("one"), mine, wait=0, take_over=False, on_wait=silent):
        with pytest.raises(Refused) as refused:
            with refs.locked(
                clone("two"), refs.note(SHA, "deploys"), wait=0, take_over=False, on_wait=silent
            ):
                pass
    assert refused.value.code == "lock_held"
    assert mine.who in refused.value.why


def test_who_waits_gets_it_next(clone: Callable[[str], Refs], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refs, "POLL", 0.02)
    one, waited = clone("one"), threading.Event()
    held = refs.locked(one, refs.note(SHA, "deploys"), wait=0, take_over=False, on_wait=silent)
    with held:
        release = threading.Thread(target=_give_back, args=(one, waited))
        release.start()
        with refs.locked(
            clone("two"),
            refs.note(SHA, "deploys"),
            wait=20,
            take_over=False,
            on_wait=lambda text: waited.set(),
        ):
            assert waited.is_set()
        release.join()


def _give_back(notes: Refs, waited: threading.Event) -> None:
    waited.wait(10)
    found = notes.find(LOCK)
    assert found and notes.remove(LOCK, found.commit)


def test_one_that_was_left_behind_is_named_and_can_be_taken(clone: Callable[[str], Refs]) -> None:
    one, two = clone("one"), clone("two")
    stale = replace(refs.note(SHA, "deploys"), who="karim@office")
    assert one.put(LOCK, replace(stale, at=stale.at - timedelta(hours=5)))
    with pytest.raises(Refused) as refused:
        with refs.locked(two, refs.note(SHA, "deploys"), wait=0, take_over=False, on_wait=silent):
            pass
    assert "karim@office, 5 h ago" in refused.value.why
    assert "--break-lock" in refused.value.fix
    with refs.locked(two, refs.note(SHA, "deploys"), wait=0, take_over=True, on_wait=silent):
        found = one.find(LOCK)
        assert found and found.note.who != "karim@office"


def test_the_lock_of_somebody_else_is_not_given_back_for_them(clone: Callable[[str], Refs]) -> None:
    one, two = clone("one"), clone("two")
    with refs.locked(one, refs.note(SHA, "deploys"), wait=0, take_over=False, on_wait=silent):
        found = one.find(LOCK)
        assert found and two.put(LOCK, refs.note(SHA, "took it"), over=found.commit)
    left = one.find(LOCK)
    assert left and left.note.message == "took it"


def test_a_push_whose_answer_was_lost_is_no_failure(
    clone: Callable[[str], Refs], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, mine = clone("one"), refs.note(SHA, "deploys")
    push = one._push

    def lost(what: str, lease: str) -> None:
        push(what, lease)
        raise SmctlError("git_failed", "the connection was lost")

    monkeypatch.setattr(one, "_push", lost)
    assert one.put(LOCK, mine)


def test_a_remote_that_does_not_answer_is_an_error_with_gits_words(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(SmctlError, match="ls-remote") as failed:
        Refs(tmp_path, str(tmp_path / "nowhere.git")).find(LOCK)
    assert "nowhere.git" in failed.value.why


def test_what_somebody_else_put_there_is_shown_as_it_is(clone: Callable[[str], Refs], tmp_path: Path) -> None:
    one = clone("one")
    folder = tmp_path / "one"
    tree = git(folder, "hash-object", "-t", "tree", "-w", "/dev/null").strip()
    words = ("-c", "user.name=x", "-c", "user.email=x@y", "commit-tree", tree, "-m", "hands off, please")
    git(folder, "push", "-q", "origin", f"{git(folder, *words).strip()}:{LOCK}")
    found = one.find(LOCK)
    assert found and "hands off, please" in str(found.note)
