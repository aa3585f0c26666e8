"""smctl as a person runs it: a process of its own, with its streams and its exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Done:
    """How a run of smctl ended: exit status (negative: the signal that ended it), stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout, which must be one JSON document and nothing else."""
        return json.loads(self.out)

    @property
    def error_code(self) -> str:
        """The stable code of the error that --json showed."""
        return str(self.json["error"]["code"])


class Smctl(Protocol):
    """The `smctl` fixture: run to the end, with the project as working folder unless cwd says otherwise."""

    def __call__(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout: float = 60,
    ) -> Done: ...


class Main(Protocol):
    """The `main` fixture: smctl in this process."""

    def __call__(self, *arguments: str) -> Done: ...


def argv(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "smctl", *map(str, arguments)]


def environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment with the repository's own smctl first on the path, and `env` over it."""
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    # Empty is off: without bytecode every start of smctl compiles it anew.
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "", **(env or {})}


def run(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout: float = 60,
) -> Done:
    done = subprocess.run(
        argv(*arguments),
        cwd=cwd,
        env=environment(env),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def start(*arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start smctl in a session of its own and return at once; the caller signals it and waits for it."""
    return subprocess.Popen(
        argv(*arguments),
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
