"""Vercel in a rehearsal: builds of the frontend, and which of them visitors get."""

from __future__ import annotations

import time
from typing import Any

from smctl.rehearsal.records import new_id
from smctl.rehearsal.refusal import Refusal
from smctl.rehearsal.state import State


class Frontend:
    """One project, by any name. After a rollback new builds stay staged, until a promotion."""

    def __init__(self, state: State) -> None:
        self._state = state
        with state.changed:
            state.vercel = state.vercel or {"deployments": [], "last": None, "assigns": True}

    # -- what happens -----------------------------------------------------------------------------------

    def deployed(self, sha: str, *, ready: bool = True) -> str:
        """The id of a production build of that commit. It goes live at once, but not after a rollback."""
        with self._state.changing():
            deployment = {
                "uid": "dpl_" + new_id("x")[2:],
                "name": "frontend",
                "url": f"frontend-{sha[:9]}.vercel.app",
                "created": int(time.time() * 1000),
                "state": "READY" if ready else "ERROR",
                "readyState": "READY" if ready else "ERROR",
                "readySubstate": "STAGED" if ready else None,
                "target": "production",
                "meta": {"githubCommitSha": sha, "githubCommitRef": "main"},
                "isRollbackCandidate": ready,
            }
            self._deployments.append(deployment)
            if ready and self._state.vercel["assigns"]:
                deployment["readySubstate"] = "PROMOTED"
                self._state.vercel["last"] = None  # a push is no alias request: the newest build is live
            return str(deployment["uid"])

    def promote(self, deployment_id: str) -> None:
        self._point(deployment_id, "promote")

    def roll_back(self, deployment_id: str) -> None:
        self._point(deployment_id, "rollback")

    # -- what is asked ----------------------------------------------------------------------------------

    def deployments(self, sha: str = "") -> list[dict[str, Any]]:
        """Newest first."""
        with self._state.changed:
            found = [each for each in self._deployments if sha in ("", each["meta"]["githubCommitSha"])]
            return found[::-1]

    def deployment(self, deployment_id: str) -> dict[str, Any]:
        for each in self._deployments:
            if deployment_id in (each["uid"], each["url"]):
                return each
        raise Refusal(404, "The deployment could not be found.")

    @property
    def last_alias_request(self) -> dict[str, Any] | None:
        last: dict[str, Any] | None = self._state.vercel["last"]
        return last

    def _point(self, deployment_id: str, kind: str) -> None:
        with self._state.changing():
            deployment = self.deployment(deployment_id)
            if deployment["readyState"] != "READY":
                raise Refusal(409, "The deployment is not ready.")
            deployment["readySubstate"] = "PROMOTED"
            self._state.vercel["assigns"] = kind == "promote"
            self._state.vercel["last"] = {
                "jobStatus": "succeeded",
                "type": kind,
                "toDeploymentId": deployment["uid"],
                "requestedAt": int(time.time() * 1000),
            }

    @property
    def _deployments(self) -> list[dict[str, Any]]:
        deployments: list[dict[str, Any]] = self._state.vercel["deployments"]
        return deployments
