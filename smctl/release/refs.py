"""Lock and hold: notes on the git remote, each a ref that is made only where there is none.

refs/smctl/lock   somebody deploys or rolls back at this moment
refs/smctl/hold   a rollback says which commits are not to be deployed until the hold is lifted

A ref points to a commit without files whose message is the note. The remote compares and sets a ref in one
step, so of two that push at once one wins; neither a server of ours nor another token is needed.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from smctl.errors import Refused, SmctlError
from smctl.project import git

LOCK, HOLD = "refs/smctl/lock", "refs/smctl/hold"
STALE_AFTER = 3600.0  # seconds: no deploy takes that long
POLL = 2.0  # seconds between two tries for a lock that somebody holds
AUTHOR = ("-c", "user.name=smctl", "-c", "user.email=smctl@localhost", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Note:
    """who: user@host. at: UTC. sha: the commit it is about. message: what is being done, or why it is held.
    process: of who wrote it, number and start. token: tells this note from one that says the same.
    """

    who: str
    at: datetime
    sha: str
    message: str
    process: str = ""
    token: str = ""

    @property
    def age(self) -> float:
        """Seconds since it was written."""
        return (datetime.now(UTC) - self.at).total_seconds()

    def __str__(self) -> str:
        about = f" {self.sha[:12]}" if self.sha else ""
        return f"{self.message}{about}, by {self.who}, {ago(self.at)}"


@dataclass(frozen=True)
class Found:
    """A note as it is on the remote. commit: what the ref points to there."""

    note: Note
    commit: str


def ago(at: datetime) -> str:
    """How long ago that was, for people: 40 s ago, 12 min ago, 5 h ago, 3 days ago."""
    passed = max(0.0, (datetime.now(UTC) - at).total_seconds())
    for size, unit, below in ((1, "s", 120), (60, "min", 120 * 60), (3600, "h", 48 * 3600)):
        if passed < below:
            return f"{passed / size:.0f} {unit} ago"
    return f"{passed / 86_400:.0f} days ago"


def note(sha: str, message: str) -> Note:
    """One of this person, now. In a workflow that is who started it."""
    user = os.environ.get("GITHUB_ACTOR") or getpass.getuser()
    place = "GitHub Actions" if os.environ.get("GITHUB_ACTIONS") else socket.gethostname()
    now = datetime.now(UTC).replace(microsecond=0)
    return Note(f"{user}@{place}", now, sha, message, _process(os.getpid()), uuid.uuid4().hex)


def _process(number: int) -> str:
    """Empty where it does not run. With its start, because numbers are used again."""
    import psutil  # 8 ms, and only who writes or meets a note pays them

    try:
        return f"{number} {psutil.Process(number).create_time():.2f}"
    except psutil.NoSuchProcess:
        return ""


def left_behind(held: Note, mine: Note) -> bool:
    """Whether whoever wrote it, on this machine, is there no more."""
    number = held.process.partition(" ")[0]
    return held.who == mine.who and number.isdigit() and _process(int(number)) != held.process


class Refs:
    """The notes on the remote of a repository."""

    def __init__(self, root: Path, remote: str) -> None:
        self._root, self._remote = root, remote

    def find(self, name: str) -> Found | None:
        """The note that is there now. Raises SmctlError where the remote does not answer."""
        listed = git.run(self._root, "ls-remote", "--refs", self._remote, name).split()
        if not listed:
            return None
        commit = listed[0]
        with suppress(SmctlError):  # it may be gone between the two questions
            git.run(self._root, "fetch", "--quiet", "--no-tags", self._remote, commit)
        try:
            text = git.run(self._root, "log", "-1", "--format=%B", commit)
        except SmctlError:
            return self.find(name)
        return Found(_read(text), commit)

    def put(self, name: str, wanted: Note, *, over: str = "") -> bool:
        """Write the note where there is none, or in place of the one at the commit `over`; False where
        another is there.

        A push whose answer was lost is no failure if the note is there after all.
        """
        tree = git.run(self._root, "hash-object", "-t", "tree", "-w", "--stdin")
        commit = git.run(
            self._root, *AUTHOR, "commit-tree", tree, stdin=json.dumps(asdict(wanted), default=str, indent=1)
        )
        try:
            self._push(f"{commit}:{name}", f"{name}:{over}")
        except SmctlError as error:
            found = self.find(name)
            if found is None:
                raise error from None
            return found.note.token == wanted.token
        return True

    def remove(self, name: str, commit: str) -> bool:
        """Take the note at this commit away; False where another one is there, or none."""
        try:
            self._push(f":{name}", f"{name}:{commit}")
        except SmctlError:
            found = self.find(name)
            if found and found.commit == commit:
                raise
            return False
        return True

    def _push(self, what: str, lease: str) -> None:
        git.run(
            self._root, "push", "--quiet", "--no-verify", f"--force-with-lease={lease}", self._remote, what
        )


@contextmanager
def locked(
    refs: Refs, mine: Note, *, wait: float, take_over: bool, on_wait: Callable[[str], None]
) -> Iterator[None]:
    """Hold the lock. wait: how many seconds for somebody else's. take_over: whatever lock there is.

    Raises Refused: somebody else had it all the time.
    """
    _take(refs, mine, wait=wait, take_over=take_over, on_wait=on_wait)
    try:
        yield
    finally:
        _release(refs, mine)


def _take(refs: Refs, mine: Note, *, wait: float, take_over: bool, on_wait: Callable[[str], None]) -> None:
    ends = time.monotonic() + wait
    while not refs.put(LOCK, mine):
        held = refs.find(LOCK)
        if held is None:
            continue
        if (take_over or left_behind(held.note, mine)) and refs.put(LOCK, mine, over=held.commit):
            return
        if time.monotonic() >= ends:
            raise lock_held(held.note)
        on_wait(f"waits for the lock: {held.note}")
        time.sleep(min(POLL, max(0.0, ends - time.monotonic())))


def lock_held(by: Note) -> Refused:
    stale = by.age > STALE_AFTER
    return Refused(
        "lock_held",
        "Somebody else deploys at the moment." if not stale else "A deploy left its lock behind.",
        why=str(by),
        fix=(
            "smctl deploy --break-lock, if nobody does"
            if stale
            else "wait for it: smctl deploy --lock-wait 600"
        ),
    )


def _release(refs: Refs, mine: Note) -> None:
    found = refs.find(LOCK)
    if found and found.note.token == mine.token:
        refs.remove(LOCK, found.commit)


def _read(text: str) -> Note:
    """What anybody else may have put there is shown as it is."""
    try:
        document = json.loads(text)
        read = Note(**document)
        return replace(read, at=datetime.fromisoformat(document["at"]))
    except (ValueError, TypeError, KeyError):
        return Note("somebody", datetime.fromtimestamp(0, UTC), "", " ".join(text.split())[:200])
