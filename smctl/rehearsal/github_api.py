"""What smctl asks of GitHub's API: https://docs.github.com/en/rest/actions and /checks/runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smctl.rehearsal.exchange import Answer, Asked, Route
from smctl.rehearsal.github import Workflows
from smctl.rehearsal.refusal import Refusal

LIMIT, MOST = 30, 100


class GitHubApi:
    """Any repository: a rehearsal has one."""

    def __init__(self, workflows: Workflows) -> None:
        self._workflows = workflows
        root = "/repos/{owner}/{repository}"
        self.routes = (
            Route("GET", f"{root}/actions/workflows/{{workflow}}/runs", self._runs),
            Route("GET", f"{root}/actions/runs/{{run}}", self._run),
            Route("GET", f"{root}/actions/runs/{{run}}/jobs", self._jobs),
            Route("GET", f"{root}/actions/jobs/{{job}}/logs", self._log),
            Route("GET", f"{root}/commits/{{sha}}/check-runs", self._checks),
        )

    def _runs(self, asked: Asked) -> Answer:
        found = self._workflows.runs(sha=asked.value("head_sha"), workflow=asked.named["workflow"])
        return _page(asked, "workflow_runs", [_shown(asked, "runs", each) for each in found])

    def _run(self, asked: Asked) -> Answer:
        return Answer(body=_shown(asked, "runs", self._workflows.run(_number(asked, "run"))))

    def _jobs(self, asked: Asked) -> Answer:
        run = self._workflows.run(_number(asked, "run"))
        found = [_shown(asked, "jobs", each) for each in self._workflows.jobs(run["id"])]
        return _page(asked, "jobs", found)

    def _checks(self, asked: Asked) -> Answer:
        found = [_shown(asked, "jobs", each) for each in self._workflows.checks(asked.named["sha"])]
        return _page(asked, "check_runs", found)

    def _log(self, asked: Asked) -> Answer:
        """GitHub itself sends the reader on to a storage host."""
        return Answer(body=self._workflows.log(_number(asked, "job")))


def _page(asked: Asked, key: str, found: Sequence[Any]) -> Answer:
    size, page = asked.number("per_page", LIMIT, MOST), asked.number("page", 1, 10_000)
    return Answer(body={"total_count": len(found), key: found[(page - 1) * size : page * size]})


def _shown(asked: Asked, kind: str, record: dict[str, Any]) -> dict[str, Any]:
    repository = f"{asked.named['owner']}/{asked.named['repository']}"
    return record | {"html_url": f"https://github.com/{repository}/actions/{kind}/{record['id']}"}


def _number(asked: Asked, name: str) -> int:
    if not asked.named[name].isdecimal():
        raise Refusal(404, "Not Found")
    return int(asked.named[name])
