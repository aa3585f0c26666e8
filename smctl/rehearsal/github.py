"""GitHub in a rehearsal: the workflow runs of a commit, told by whoever really runs their steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smctl.rehearsal.records import now
from smctl.rehearsal.refusal import Refusal
from smctl.rehearsal.state import State

FIRST_ID = 9_000_000_001  # as large as GitHub's own, which do not fit into 32 bits


class Workflows:
    def __init__(self, state: State) -> None:
        self._state = state
        with state.changed:
            state.github = state.github or {"next": FIRST_ID, "runs": [], "jobs": [], "logs": {}}

    # -- what happens -----------------------------------------------------------------------------------

    def run_started(self, sha: str, workflow: str = "deploy.yml") -> int:
        """The id of a run of that workflow for that commit."""
        with self._state.changing():
            number = self._number()
            run = {
                "id": number,
                "name": workflow.partition(".")[0],
                "path": f".github/workflows/{workflow}",
                "head_sha": sha,
                "event": "push",
                "status": "in_progress",
                "conclusion": None,
                "created_at": _seconds(now()),
                "updated_at": _seconds(now()),
                "run_attempt": 1,
            }
            self._runs.append(run)
            return number

    def job_updated(
        self,
        run_id: int,
        name: str,
        status: str,
        conclusion: str | None = None,
        log: str = "",
        *,
        steps: Sequence[tuple[str, str, str | None]] = (),
    ) -> int:
        """The id of the run's job of that name; a new one where there is none. status: queued, in_progress or
        completed. steps: name, status and conclusion of each."""
        with self._state.changing():
            run = self.run(run_id)
            job = next((each for each in self.jobs(run_id) if each["name"] == name), None)
            if job is None:
                job = {"id": self._number(), "run_id": run_id, "name": name, "head_sha": run["head_sha"]}
                job |= {"started_at": _seconds(now()), "run_attempt": 1}
                self._jobs.append(job)
            job |= {"status": status, "conclusion": conclusion}
            job["completed_at"] = _seconds(now()) if status == "completed" else None
            job["steps"] = [
                {"name": step, "status": at, "conclusion": end, "number": number}
                for number, (step, at, end) in enumerate(steps, 1)
            ]
            if log:
                self._state.github["logs"][str(job["id"])] = log
            return int(job["id"])

    def run_finished(self, run_id: int, conclusion: str) -> None:
        with self._state.changing():
            self.run(run_id).update(status="completed", conclusion=conclusion, updated_at=_seconds(now()))

    # -- what is asked ----------------------------------------------------------------------------------

    def runs(self, *, sha: str = "", workflow: str = "") -> list[dict[str, Any]]:
        """Newest first."""
        with self._state.changed:
            return [
                run
                for run in reversed(self._runs)
                if sha in ("", run["head_sha"]) and workflow in ("", run["path"].rpartition("/")[2])
            ]

    def run(self, run_id: int) -> dict[str, Any]:
        for run in self._runs:
            if run["id"] == run_id:
                return run
        raise Refusal(404, "Not Found")

    def jobs(self, run_id: int) -> list[dict[str, Any]]:
        with self._state.changed:
            return [each for each in self._jobs if each["run_id"] == run_id]

    def checks(self, sha: str) -> list[dict[str, Any]]:
        """Every job is a check of its commit."""
        with self._state.changed:
            return [each for each in self._jobs if each["head_sha"] == sha]

    def log(self, job_id: int) -> str:
        log = self._state.github["logs"].get(str(job_id))
        if log is None:
            raise Refusal(404, "Not Found")
        return str(log)

    @property
    def _runs(self) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = self._state.github["runs"]
        return runs

    @property
    def _jobs(self) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = self._state.github["jobs"]
        return jobs

    def _number(self) -> int:
        number = int(self._state.github["next"])
        self._state.github["next"] = number + 1
        return number


def _seconds(moment: str) -> str:
    """GitHub writes whole seconds."""
    return moment.removesuffix("Z").partition(".")[0] + "Z"
