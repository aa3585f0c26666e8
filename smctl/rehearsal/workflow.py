"""What GitHub's runner would do after a push to the deploying branch: build, push the image, deploy.

The checks are left out: a rehearsal is about the release, and `smctl ci` runs them. One run at a time, in the
order of the pushes, and none is cancelled: as the workflow's concurrency group has it.
"""

from __future__ import annotations

import functools
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from smctl.errors import SmctlError
from smctl.rehearsal import building
from smctl.rehearsal.places import Places

OnLine = Callable[[str], None]
DEPLOY_DEADLINE = 3600.0  # seconds, as the job's timeout-minutes
JOBS = ("image", "deploy")


class Runs(Protocol):
    """The runs and jobs that the emulated GitHub shows."""

    def run_started(self, sha: str) -> int: ...

    def job_updated(
        self, run_id: int, name: str, status: str, conclusion: str | None = None, log: str = ""
    ) -> int: ...
    def run_finished(self, run_id: int, conclusion: str) -> None: ...


class Workflow:
    """environment: what the job `deploy` gets from GitHub's environment production."""

    def __init__(
        self, places: Places, runs: Runs, *, repository: str, branch: str, environment: Mapping[str, str]
    ) -> None:
        self._places = places
        self._runs = runs
        self._repository = repository
        self._branch = branch
        self._environment = environment
        self._waiting: queue.Queue[tuple[int, str]] = queue.Queue()
        threading.Thread(target=self._work, name="workflow", daemon=True).start()

    def pushed(self, sha: str) -> int:
        """Put a run for this commit into the queue, and return its id."""
        run = self._runs.run_started(sha)
        self._waiting.put((run, sha))
        return run

    def _work(self) -> None:
        while True:
            run, sha = self._waiting.get()
            self._runs.run_finished(run, self._carry_out(run, sha))

    def _carry_out(self, run: int, sha: str) -> str:
        """The conclusion of the run, which is that of the first job that fails."""
        steps = {"image": self._image, "deploy": self._deploy}
        conclusion = "success"
        try:
            with building.checkout(self._places, self._places.origin, sha) as folder:
                for job in JOBS:
                    if conclusion == "success":
                        conclusion = self._job(run, job, functools.partial(steps[job], folder, sha))
                    else:
                        self._runs.job_updated(run, job, "completed", "skipped")
        except (SmctlError, OSError) as error:
            self._runs.job_updated(run, JOBS[0], "completed", "failure", _words(error))
            return "failure"
        return conclusion

    def _job(self, run: int, job: str, work: Callable[[OnLine], None]) -> str:
        lines: list[str] = []

        def say(line: str) -> None:
            lines.append(line)

        self._runs.job_updated(run, job, "in_progress")
        conclusion = "success"
        try:
            work(say)
        except (SmctlError, OSError) as error:
            conclusion = "failure"
            say(_words(error))
        self._runs.job_updated(run, job, "completed", conclusion, "\n".join(lines))
        return conclusion

    def _image(self, folder: Path, sha: str, say: OnLine) -> None:
        image = building.image_of(self._repository, sha)
        building.build(self._places, folder, image, sha, say)
        building.push(self._places, image, say)

    def _deploy(self, folder: Path, sha: str, say: OnLine) -> None:
        """With the smctl that runs the rehearsal, as the workflow installs one. Raises SmctlError."""
        github = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_SHA": sha, "GITHUB_REF_NAME": self._branch}
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "smctl", "deploy", sha, "--via", "api", "--json"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self._environment, **github},
            encoding="utf-8",
            errors="replace",
        ) as process:
            limit = threading.Timer(DEPLOY_DEADLINE, process.kill)
            limit.start()
            for line in process.stdout or ():
                say(line.rstrip())
            limit.cancel()
        if process.returncode != 0:
            raise SmctlError("deploy_failed", f"smctl deploy ended with exit status {process.returncode}.")


def _words(error: SmctlError | OSError) -> str:
    if isinstance(error, OSError):
        return f"Error: {error}"
    return "\n".join(filter(None, [f"Error: {error.message}", error.why]))
