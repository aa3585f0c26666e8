"""Render's API over a platform: paths, queries and bodies as in its OpenAPI document."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from smctl.rehearsal import shapes
from smctl.rehearsal.exchange import Answer, Asked, Route
from smctl.rehearsal.images import canonical
from smctl.rehearsal.journal import Line
from smctl.rehearsal.platform import OWNER, Platform
from smctl.rehearsal.records import now, stamp
from smctl.rehearsal.refusal import Refusal

LIMIT, MOST = 20, 100  # items of a page: unless asked otherwise, and at most
LOOK_BACK = timedelta(hours=1)  # of events and logs where no start is named


class RenderApi:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        service = "/services/{serviceId}"
        database = "/postgres/{postgresId}"
        self.routes = (
            Route("GET", "/services", self._services),
            Route("GET", service, self._service),
            Route("PATCH", service, self._change_service),
            Route("GET", f"{service}/deploys", self._deploys),
            Route("POST", f"{service}/deploys", self._start_deploy),
            Route("GET", f"{service}/deploys/{{deployId}}", self._deploy),
            Route("POST", f"{service}/deploys/{{deployId}}/cancel", self._cancel),
            Route("POST", f"{service}/rollback", self._roll_back),
            Route("GET", f"{service}/env-vars", self._variables),
            Route("PUT", f"{service}/env-vars", self._replace_variables),
            Route("GET", f"{service}/env-vars/{{envVarKey}}", self._variable),
            Route("PUT", f"{service}/env-vars/{{envVarKey}}", self._set_variable),
            Route("DELETE", f"{service}/env-vars/{{envVarKey}}", self._remove_variable),
            Route("GET", f"{service}/events", self._events),
            Route("GET", f"{service}/jobs", self._jobs),
            Route("POST", f"{service}/jobs", self._start_job),
            Route("GET", f"{service}/jobs/{{jobId}}", self._job),
            Route("GET", "/logs", self._logs),
            Route("GET", "/postgres", self._databases),
            Route("GET", database, self._database),
            Route("GET", f"{database}/export", self._backups),
            Route("POST", f"{database}/export", self._start_backup),
            Route("GET", f"{database}/recovery", self._recovery),
        )

    # -- services ---------------------------------------------------------------------------------------

    def _services(self, asked: Asked) -> Answer:
        names, types, owners = asked.values("name"), asked.values("type"), asked.values("ownerId")
        found = [
            each
            for each in map(shapes.service, self._platform.state.services.values())
            if (not names or each["name"] in names)
            and (not types or each["type"] in types)
            and (not owners or each["ownerId"] in owners)
        ]
        return _page(asked, "service", found)

    def _service(self, asked: Asked) -> Answer:
        return Answer(body=shapes.service(self._platform.service(asked.named["serviceId"])))

    def _change_service(self, asked: Asked) -> Answer:
        """What is stored; nothing is deployed by it."""
        service, change = self._platform.service(asked.named["serviceId"]), asked.document()
        details = change.get("serviceDetails") or {}
        nested = details.get("envSpecificDetails") or {}
        with self._platform.state.changing():
            if "image" in change:
                if change["image"].get("ownerId") != service.owner:
                    raise Refusal(400, "image.ownerId must be the owner of the service")
                service.image = canonical(change["image"].get("imagePath", ""))
            if "autoDeploy" in change:
                service.auto_deploy = change["autoDeploy"] == "yes"
            if "autoDeployTrigger" in change:
                service.auto_deploy = change["autoDeployTrigger"] != "off"
            service.name = change.get("name", service.name)
            service.plan = details.get("plan", service.plan)
            service.health_path = details.get("healthCheckPath", service.health_path)
            service.pre_deploy_command = details.get("preDeployCommand", service.pre_deploy_command)
            service.command = nested.get("dockerCommand", service.command)
            service.updated_at = now()
        return Answer(body=shapes.service(service))

    # -- deploys ----------------------------------------------------------------------------------------

    def _deploys(self, asked: Asked) -> Answer:
        found = [shapes.deploy(each) for each in self._platform.listed(asked.named["serviceId"])]
        if statuses := asked.values("status"):
            found = [each for each in found if each["status"] in statuses]
        for query, key in (("created", "createdAt"), ("updated", "updatedAt"), ("finished", "finishedAt")):
            found = [each for each in found if _within(asked, query, each[key])]
        return _page(asked, "deploy", found)

    def _start_deploy(self, asked: Asked) -> Answer:
        body = asked.document()
        if body.get("deployMode") == "deploy_only" and {"commitId", "imageUrl", "clearCache"} & set(body):
            raise Refusal(400, "deploy_only cannot be combined with commitId, imageUrl or clearCache")
        if "commitId" in body:
            raise Refusal(400, "commitId is not supported for image-backed services")
        deploy = self._platform.start_deploy(asked.named["serviceId"], body.get("imageUrl") or "")
        return Answer(202) if deploy.status == "queued" else Answer(201, shapes.deploy(deploy))

    def _deploy(self, asked: Asked) -> Answer:
        return Answer(body=shapes.deploy(self._platform.deploy(*_ids(asked))))

    def _cancel(self, asked: Asked) -> Answer:
        return Answer(body=shapes.deploy(self._platform.cancel(*_ids(asked))))

    def _roll_back(self, asked: Asked) -> Answer:
        target = asked.document().get("deployId")
        if not isinstance(target, str):
            raise Refusal(400, "deployId is required")
        return Answer(201, shapes.deploy(self._platform.roll_back(asked.named["serviceId"], target)))

    # -- variables --------------------------------------------------------------------------------------

    def _variables(self, asked: Asked) -> Answer:
        env = self._platform.service(asked.named["serviceId"]).env
        found = [{"key": key, "value": value} for key, value in env.items()]
        return _page(asked, "envVar", found, by="key")

    def _replace_variables(self, asked: Asked) -> Answer:
        """All of them: one that is not in the list is gone."""
        service = self._platform.service(asked.named["serviceId"])
        given = asked.body.strip()
        wanted: Any = [] if given in (b"", b"null") else _list(given)
        with self._platform.state.changing():
            service.env = {each["key"]: str(each.get("value", "")) for each in wanted}
        return self._variables(asked)

    def _variable(self, asked: Asked) -> Answer:
        env, key = self._platform.service(asked.named["serviceId"]).env, asked.named["envVarKey"]
        if key not in env:
            raise Refusal.absent(key)
        return Answer(body={"key": key, "value": env[key]})

    def _set_variable(self, asked: Asked) -> Answer:
        service, value = self._platform.service(asked.named["serviceId"]), asked.document().get("value")
        if not isinstance(value, str):
            raise Refusal(400, "value is required")
        with self._platform.state.changing():
            service.env[asked.named["envVarKey"]] = value
        return self._variable(asked)

    def _remove_variable(self, asked: Asked) -> Answer:
        self._variable(asked)
        with self._platform.state.changing():
            del self._platform.service(asked.named["serviceId"]).env[asked.named["envVarKey"]]
        return Answer(204)

    # -- what happened ----------------------------------------------------------------------------------

    def _events(self, asked: Asked) -> Answer:
        """Newest first; without a start, of the last hour."""
        service, (since, until) = self._platform.service(asked.named["serviceId"]), _span(asked)
        types = asked.values("type")
        with self._platform.state.changed:
            found = [
                shapes.event(each)
                for each in reversed(self._platform.state.events)
                if each.service == service.id
                and since <= _moment(each.timestamp) <= until
                and (not types or each.type in types)
            ]
        return _page(asked, "event", found)

    def _logs(self, asked: Asked) -> Answer:
        resources = asked.values("resource")
        if not asked.value("ownerId") or not resources:
            raise Refusal(400, "ownerId and resource are required")
        (since, until), limit = _span(asked), asked.number("limit", LIMIT, MOST)
        text = asked.value("text").replace("*", "")
        lines = self._platform.journal.lines(resources, since=since, until=until, containing=text)
        types = asked.values("type")
        lines = [each for each in lines if not types or each.kind in types]
        if asked.value("direction", "backward") == "backward":
            lines.reverse()
        return Answer(body=_logs_page(lines, limit, since, until, asked.value("direction", "backward")))

    # -- jobs and databases -----------------------------------------------------------------------------

    def _jobs(self, asked: Asked) -> Answer:
        service, statuses = self._platform.service(asked.named["serviceId"]), asked.values("status")
        found = [shapes.job(each) for each in self._platform.jobs.list(service.id)]
        return _page(asked, "job", [each for each in found if not statuses or each["status"] in statuses])

    def _start_job(self, asked: Asked) -> Answer:
        service = self._platform.service(asked.named["serviceId"])
        command = asked.document().get("startCommand")
        if not isinstance(command, str) or not command:
            raise Refusal(400, "startCommand is required")
        return Answer(201, shapes.job(self._platform.jobs.start(service.id, command)))

    def _job(self, asked: Asked) -> Answer:
        service = self._platform.service(asked.named["serviceId"])
        return Answer(body=shapes.job(self._platform.jobs.of(service.id, asked.named["jobId"])))

    def _databases(self, asked: Asked) -> Answer:
        found = [shapes.database(each, OWNER) for each in self._platform.databases.list()]
        return _page(asked, "postgres", found)

    def _database(self, asked: Asked) -> Answer:
        found = shapes.database(self._platform.databases.of(asked.named["postgresId"]), OWNER)
        return Answer(body=found | {"project": None})

    def _backups(self, asked: Asked) -> Answer:
        """A bare array, without cursors."""
        return Answer(body=self._platform.databases.of(asked.named["postgresId"]).backups)

    def _start_backup(self, asked: Asked) -> Answer:
        self._platform.databases.start_backup(asked.named["postgresId"])
        return Answer(202)

    def _recovery(self, asked: Asked) -> Answer:
        return Answer(body=self._platform.databases.recovery(asked.named["postgresId"]))


def _page(asked: Asked, key: str, found: Sequence[dict[str, Any]], *, by: str = "id") -> Answer:
    """The items strictly after the cursor, each with its own; no sign says whether more follow."""
    limit, cursor = asked.number("limit", LIMIT, MOST), asked.value("cursor")
    cursors = [_cursor(each[by]) for each in found]
    if cursor and cursor not in cursors:
        raise Refusal(400, "invalid cursor")
    start = cursors.index(cursor) + 1 if cursor else 0
    shown = zip(found[start : start + limit], cursors[start : start + limit], strict=True)
    return Answer(body=[{key: item, "cursor": at} for item, at in shown])


def _cursor(id: str) -> str:
    return base64.urlsafe_b64encode(id.encode()).decode().rstrip("=")


def _logs_page(
    lines: Sequence[Line], limit: int, since: datetime, until: datetime, direction: str
) -> dict[str, Any]:
    """The next page begins where this one ends, that moment included."""
    shown, more = lines[:limit], len(lines) > limit
    if more and direction == "backward":
        until = shown[-1].timestamp
    elif more:
        since = shown[-1].timestamp
    return {
        "hasMore": more,
        "nextStartTime": stamp(since),
        "nextEndTime": stamp(until),
        "logs": [shapes.line(each) for each in shown],
    }


def _ids(asked: Asked) -> tuple[str, str]:
    return asked.named["serviceId"], asked.named["deployId"]


def _list(body: bytes) -> list[dict[str, Any]]:
    try:
        wanted = json.loads(body)
    except ValueError:
        wanted = None
    if not isinstance(wanted, list):
        raise Refusal(400, "invalid JSON")
    return wanted


def _span(asked: Asked) -> tuple[datetime, datetime]:
    until = _moment(asked.value("endTime")) if asked.value("endTime") else datetime.now(UTC)
    since = _moment(asked.value("startTime")) if asked.value("startTime") else until - LOOK_BACK
    return since, until


def _within(asked: Asked, name: str, moment: str | None) -> bool:
    """Whether it lies between nameAfter and nameBefore, as far as they are asked for."""
    before, after = asked.value(f"{name}Before"), asked.value(f"{name}After")
    if moment is None:
        return not before and not after
    at = _moment(moment)
    return (not before or at < _moment(before)) and (not after or at > _moment(after))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(400, f"invalid time: {text}") from None
