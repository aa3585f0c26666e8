"""What smctl asks of Vercel's API: https://vercel.com/docs/rest-api."""

from __future__ import annotations

from smctl.rehearsal.exchange import Answer, Asked, Route
from smctl.rehearsal.vercel import Frontend


class VercelApi:
    """Any project: a rehearsal has one."""

    def __init__(self, frontend: Frontend) -> None:
        self._frontend = frontend
        self.routes = (
            Route("GET", "/v7/deployments", self._deployments),
            Route("GET", "/v13/deployments/{id}", self._deployment),
            Route("POST", "/v10/projects/{project}/promote/{id}", self._promote),
            Route("POST", "/v1/projects/{project}/rollback/{id}", self._roll_back),
            Route("GET", "/v9/projects/{project}", self._project),
        )

    def _deployments(self, asked: Asked) -> Answer:
        """A list calls the id `uid`."""
        limit = asked.number("limit", 20, 100)
        found = [
            each
            for each in self._frontend.deployments(asked.value("sha"))
            if asked.value("target") in ("", each["target"]) and asked.value("state") in ("", each["state"])
        ]
        return Answer(body={"deployments": found[:limit], "pagination": {"count": min(len(found), limit)}})

    def _deployment(self, asked: Asked) -> Answer:
        """A single one calls it `id`, and the moment `createdAt`."""
        found = self._frontend.deployment(asked.named["id"])
        renamed = {"uid": "id", "created": "createdAt"}
        return Answer(body={renamed.get(key, key): value for key, value in found.items()})

    def _promote(self, asked: Asked) -> Answer:
        self._frontend.promote(asked.named["id"])
        return Answer(201)

    def _roll_back(self, asked: Asked) -> Answer:
        self._frontend.roll_back(asked.named["id"])
        return Answer(201)

    def _project(self, asked: Asked) -> Answer:
        name = asked.named["project"]
        return Answer(body={"id": name, "name": name, "lastAliasRequest": self._frontend.last_alias_request})
