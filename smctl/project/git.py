"""What git knows about the project."""

from __future__ import annotations

import subprocess
from pathlib import Path


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
