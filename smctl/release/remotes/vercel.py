"""Vercel, as far as a release needs it: https://vercel.com/docs/rest-api."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from smctl.release.remotes.account import account
from smctl.release.remotes.http import PATIENCE, Http, OnWait, Query, silent

URL = "https://api.vercel.com"
PAGE = 100


@dataclass(frozen=True)
class Deployment:
    """One build of the frontend. status: Vercel's readyState, as READY. promoted: visitors get it.

    sha: the commit it was built from; empty where it was not built from one. target: "production" or empty.
    """

    id: str
    sha: str
    status: str
    url: str
    target: str
    created_at: datetime
    promoted: bool = False
    rollback_candidate: bool = False

    @property
    def ready(self) -> bool:
        return self.status == "READY"


@dataclass(frozen=True)
class AliasRequest:
    """The last promotion or rollback. status: pending, in-progress, succeeded, failed, skipped."""

    status: str
    type: str
    deployment_id: str
    requested_at: datetime

    @property
    def ended(self) -> bool:
        return self.status in ("succeeded", "failed", "skipped")


@dataclass(frozen=True)
class VercelProject:
    """last_alias_request: None where nothing was ever promoted or rolled back."""

    id: str
    name: str
    last_alias_request: AliasRequest | None


class Vercel:
    """One project, of a team where one is named (team_…, or its slug). Every call raises RequestFailed."""

    def __init__(self, http: Http, project: str, team: str = "") -> None:
        self._http = http
        self._project = quote(project, safe="")
        self._team: Query = [("teamId" if team.startswith("team_") else "slug", team)] if team else []

    @classmethod
    def from_environment(
        cls,
        environ: Mapping[str, str],
        project: str,
        team: str = "",
        *,
        on_wait: OnWait = silent,
        patience: float = PATIENCE,
    ) -> Vercel:
        """VERCEL_TOKEN and, for another host, VERCEL_API_URL. Raises WrongUse where there is no token."""
        named = account(
            environ,
            "Vercel",
            url=URL,
            url_variable="VERCEL_API_URL",
            key_variable="VERCEL_TOKEN",
            where="https://vercel.com/account/settings/tokens",
        )
        return cls(Http(named, on_wait=on_wait, patience=patience), project, team)

    def __repr__(self) -> str:
        return f"Vercel({self._project})"

    def close(self) -> None:
        self._http.close()

    def deployments(self, sha: str) -> list[Deployment]:
        """Those built from that commit, newest first."""
        return self._deployments([("sha", sha)])

    def current(self) -> Deployment | None:
        """What visitors get: where the last promotion or rollback led, else the newest promoted one."""
        last = self.project().last_alias_request
        if last is not None and last.status == "succeeded":
            return self.deployment(last.deployment_id)
        built = self._deployments([("target", "production"), ("state", "READY")])
        return next((each for each in built if each.promoted), None)

    def deployment(self, deployment_id: str) -> Deployment:
        return _deployment(self._read(f"/v13/deployments/{quote(deployment_id, safe='')}"))

    def promote(self, deployment_id: str) -> None:
        """Point the production domains at it; `project().last_alias_request` says when that is done."""
        self._ask(f"/v10/projects/{self._project}/promote/{quote(deployment_id, safe='')}")

    def roll_back(self, deployment_id: str) -> None:
        """As `promote`, to an earlier one; Vercel then promotes no new build by itself until `promote`."""
        self._ask(f"/v1/projects/{self._project}/rollback/{quote(deployment_id, safe='')}")

    def project(self) -> VercelProject:
        document = self._read(f"/v9/projects/{self._project}")
        asked = document.get("lastAliasRequest")
        return VercelProject(
            document.get("id") or "", document.get("name") or "", _alias_request(asked) if asked else None
        )

    def _deployments(self, query: Query) -> list[Deployment]:
        asked: Query = [("projectId", self._project), ("limit", PAGE), *query]
        page = self._read("/v7/deployments", asked).get("deployments") or []
        found = [_deployment(each) for each in page]
        return sorted(found, key=lambda each: each.created_at, reverse=True)

    def _read(self, path: str, query: Query = ()) -> dict[str, Any]:
        return self._http.record("GET", path, query=[*query, *self._team])

    def _ask(self, path: str) -> None:
        self._http.request("POST", path, query=self._team)


def _deployment(document: Any) -> Deployment:
    """Lists call its id `uid`, single reads `id`."""
    return Deployment(
        id=document.get("uid") or document.get("id") or "",
        sha=(document.get("meta") or {}).get("githubCommitSha") or "",
        status=document.get("readyState") or document.get("state") or "",
        url=document.get("url") or "",
        target=document.get("target") or "",
        created_at=_moment(document.get("created") or document.get("createdAt")),
        promoted=document.get("readySubstate") == "PROMOTED",
        rollback_candidate=bool(document.get("isRollbackCandidate")),
    )


def _alias_request(document: Any) -> AliasRequest:
    return AliasRequest(
        status=document.get("jobStatus") or "",
        type=document.get("type") or "",
        deployment_id=document.get("toDeploymentId") or "",
        requested_at=_moment(document.get("requestedAt")),
    )


def _moment(milliseconds: Any) -> datetime:
    """Vercel counts milliseconds since 1970."""
    known = milliseconds if isinstance(milliseconds, (int, float)) else 0
    return datetime.fromtimestamp(known / 1000, UTC)
