"""What git knows about the project."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from smctl.errors import SmctlError


def head(root: Path) -> str:
    """The commit that is checked out, 40 hex digits; "unknown" where there is none."""
    return _git("-C", str(root), "rev-parse", "--verify", "-q", "HEAD") or "unknown"


def version() -> str:
    """Of the git on PATH, such as "2.39.5"; empty where there is none."""
    return _git("--version").removeprefix("git version ").partition(" ")[0]


def top_level(root: Path) -> str:
    """The folder of the repository that `root` is in; empty where it is in none."""
    return _git("-C", str(root), "rev-parse", "--show-toplevel")


def setting(root: Path, key: str) -> str:
    """A value of git's configuration as it holds in `root`; empty where it is not set."""
    return _git("-C", str(root), "config", "--get", key)


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, timeout=10)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def run(root: Path, *words: str, stdin: str = "", seconds: float = 30.0) -> str:
    """What a git command wrote to stdout. It never asks for a password.

    Raises SmctlError with git's own words, also where it took longer than `seconds`.
    """
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *words],
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise SmctlError("no_git", "There is no git on PATH.", fix="install git") from None
    except subprocess.TimeoutExpired:
        raise SmctlError(
            "git_failed",
            f"git {words[0]} took longer than {seconds:.0f} s.",
            fix="is the remote reachable? git fetch",
        ) from None
    if done.returncode != 0:
        raise SmctlError("git_failed", f"git {words[0]} failed.", why=without_password(done.stderr.strip()))
    return done.stdout.strip()


def without_password(text: str) -> str:
    """The text with what stands between :// and @ of an address left out."""
    return re.sub(r"://[^/@\s]+@", "://", text)


@dataclass(frozen=True)
class Commit:
    """sha: 40 hex digits. at: when it was committed."""

    sha: str
    at: datetime
    author: str
    subject: str


def commits(root: Path, *which: str, most: int = 50) -> list[Commit]:
    """The commits that `git log` selects by these words, newest first."""
    # Fields end with NUL, which no subject holds.
    listed = run(root, "log", f"--max-count={most}", "--format=%H%x00%cI%x00%an%x00%s", *which, "--")
    rows = (line.split("\0") for line in listed.splitlines() if line)
    return [Commit(sha, datetime.fromisoformat(at), author, subject) for sha, at, author, subject in rows]


def is_ancestor(root: Path, older: str, newer: str) -> bool:
    """Whether everything in `older` is in `newer`; False where git does not know one of them."""
    words = ["git", "-C", str(root), "merge-base", "--is-ancestor", older, newer]
    return subprocess.run(words, capture_output=True, timeout=30).returncode == 0


def matching(root: Path, typed: str) -> list[str]:
    """The commits that a name or the beginning of a sha may mean: none, one, or several."""
    exact = _git("-C", str(root), "rev-parse", "--verify", "-q", f"{typed}^{{commit}}")
    if exact:
        return [exact]
    if not re.fullmatch(r"[0-9a-f]{4,40}", typed):
        return []
    listed = _git("-C", str(root), "rev-parse", f"--disambiguate={typed}").split()
    return [name for name in listed if _git("-C", str(root), "cat-file", "-t", name) == "commit"]


def changes(root: Path) -> list[str]:
    """Files that differ from HEAD or that git does not know, as `git status --short` says them."""
    return run(root, "status", "--short").splitlines()


def branch(root: Path) -> str:
    """The branch that is checked out; empty for none."""
    return _git("-C", str(root), "branch", "--show-current")


def remote_url(root: Path, remote: str) -> str:
    """The address of a remote; what was given, where that is an address already."""
    return _git("-C", str(root), "remote", "get-url", remote) or remote


def tracked(root: Path, path: Path) -> bool:
    """Whether git has this file, be it only in what is to be committed."""
    return bool(_git("-C", str(root), "ls-files", "--", str(path)))
