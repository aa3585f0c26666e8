"""GitHub, as far as a release needs it: workflow runs, their jobs, and the checks of a commit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from smctl.release.remotes.account import account
from smctl.release.remotes.http import PATIENCE, Http, OnWait, Query, silent
from smctl.release.remotes.values import moment

URL = "https://api.github.com"
VERSION = "2022-11-28"  # https://docs.github.com/en/rest/about-the-rest-api/api-versions
PAGE = 100
PASSED = ("success", "neutral", "skipped")
LOG_TAIL = 20_000  # characters; the end of a job's log is where it says what went wrong
# What GitHub puts before each line, and the escape sequences of whatever wrote it.
_DECORATION = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z |\x1b\[[0-9;?]*[A-Za-z]", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One run of a workflow. status: queued, in_progress, completed, … conclusion: empty until then."""

    id: int
    status: str
    conclusion: str
    url: str
    created_at: datetime

    @property
    def ended(self) -> bool:
        return self.status == "completed"

    @property
    def succeeded(self) -> bool:
        return self.ended and self.conclusion in PASSED


@dataclass(frozen=True)
class Step:
    name: str
    status: str
    conclusion: str


@dataclass(frozen=True)
class JobRun:
    id: int
    name: str
    status: str
    conclusion: str
    url: str
    steps: tuple[Step, ...] = ()

    @property
    def failed_step(self) -> str:
        """The name of the first step that failed; empty where none did."""
        return next((step.name for step in self.steps if step.conclusion not in ("", *PASSED)), "")


@dataclass(frozen=True)
class Check:
    """One check of a commit, by whichever app."""

    name: str
    status: str
    conclusion: str
    url: str

    @property
    def passed(self) -> bool:
        return self.status == "completed" and self.conclusion in PASSED


class GitHub:
    """One repository, "owner/name". Every call raises RequestFailed."""

    def __init__(self, http: Http, repository: str) -> None:
        self._http = http
        self.repository = repository
        self._root = f"/repos/{quote(repository)}"

    @classmethod
    def from_environment(
        cls,
        environ: Mapping[str, str],
        repository: str,
        *,
        on_wait: OnWait = silent,
        patience: float = PATIENCE,
    ) -> GitHub:
        """GITHUB_TOKEN and, for another host, GITHUB_API_URL. Raises WrongUse where there is no token."""
        named = account(
            environ,
            "GitHub",
            url=URL,
            url_variable="GITHUB_API_URL",
            key_variable="GITHUB_TOKEN",
            where="https://github.com/settings/tokens",
        )
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION}
        # Logs are a redirect to a storage host; httpx sends the token to no other host than the first.
        http = Http(named, headers=headers, on_wait=on_wait, patience=patience, follow_redirects=True)
        return cls(http, repository)

    def __repr__(self) -> str:
        return f"GitHub({self.repository})"

    def close(self) -> None:
        self._http.close()

    def runs(self, sha: str, workflow: str = "deploy.yml") -> list[Run]:
        """The runs of that workflow for that commit, newest first."""
        path = f"{self._root}/actions/workflows/{quote(workflow)}/runs"
        found = [_run(each) for each in self._pages(path, "workflow_runs", [("head_sha", sha)])]
        return sorted(found, key=lambda run: (run.created_at, run.id), reverse=True)

    def run(self, run_id: int) -> Run:
        return _run(self._http.record("GET", f"{self._root}/actions/runs/{run_id}"))

    def jobs(self, run_id: int) -> list[JobRun]:
        """Those of the run's last attempt, in the order in which GitHub shows them."""
        path = f"{self._root}/actions/runs/{run_id}/jobs"
        return [_job(each) for each in self._pages(path, "jobs", [("filter", "latest")])]

    def checks(self, sha: str) -> list[Check]:
        """The last one of each name."""
        path = f"{self._root}/commits/{sha}/check-runs"
        return [_check(each) for each in self._pages(path, "check_runs", [("filter", "latest")])]

    def job_log(self, job_id: int) -> str:
        """The end of a job's log, without colours and times; empty where GitHub keeps none."""
        path = f"{self._root}/actions/jobs/{job_id}/logs"
        answer = self._http.request("GET", path, expected=(404, 410))
        text = answer.body.decode("utf-8", "replace") if answer.status < 400 else ""
        return _DECORATION.sub("", text[-2 * LOG_TAIL :])[-LOG_TAIL:]

    def _pages(self, path: str, key: str, query: Query) -> Iterator[Any]:
        for page in range(1, PAGE):
            asked = [*query, ("per_page", PAGE), ("page", page)]
            found = self._http.record("GET", path, query=asked).get(key) or []
            yield from found
            if len(found) < PAGE:
                return


def _run(document: Any) -> Run:
    return Run(
        id=int(document["id"]),
        status=document.get("status") or "",
        conclusion=document.get("conclusion") or "",
        url=document.get("html_url") or "",
        created_at=moment(document.get("created_at")),
    )


def _job(document: Any) -> JobRun:
    return JobRun(
        id=int(document["id"]),
        name=document.get("name") or "",
        status=document.get("status") or "",
        conclusion=document.get("conclusion") or "",
        url=document.get("html_url") or "",
        steps=tuple(
            Step(each.get("name") or "", each.get("status") or "", each.get("conclusion") or "")
            for each in document.get("steps") or []
        ),
    )


def _check(document: Any) -> Check:
    return Check(
        name=document.get("name") or "",
        status=document.get("status") or "",
        conclusion=document.get("conclusion") or "",
        url=document.get("html_url") or "",
    )
