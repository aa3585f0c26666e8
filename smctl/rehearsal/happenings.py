"""The events of a service, in the shapes that Render gives them."""

from __future__ import annotations

from typing import Any

from smctl.rehearsal.records import DeployRecord, EventRecord, JobRecord, new_id, now

# The deprecated number beside each status word.
_NUMBERS = {"succeeded": 2, "failed": 3, "canceled": 4}


def deploy_started(deploy: DeployRecord, *, first: bool) -> EventRecord:
    back = deploy.trigger == "rollback"
    trigger: dict[str, Any] = {
        "firstBuild": first,
        "envUpdated": False,
        "manual": deploy.trigger in ("api", "manual"),
        "deployedByRender": False,
        "clearCache": False,
        "rollback": back,
    }
    if back:
        trigger |= {"rollbackTargetDeployId": deploy.target}
    return _event(deploy.service, "deploy_started", {"deployId": deploy.id, "trigger": trigger})


def deploy_ended(deploy: DeployRecord, outcome: str) -> EventRecord:
    reason = {"failure": deploy.failure} if deploy.failure else {}
    details = {
        "deployId": deploy.id,
        "deployStatus": outcome,
        "status": _NUMBERS[outcome],
        "reason": reason,
    }
    return _event(deploy.service, "deploy_ended", details)


def image_pull_failed(deploy: DeployRecord, message: str) -> EventRecord:
    return _event(deploy.service, "image_pull_failed", {"message": message, "imageURL": deploy.image})


def pre_deploy_started(deploy: DeployRecord, execution: str) -> EventRecord:
    details = {"deployId": deploy.id, "deployCommandExecutionId": execution}
    return _event(deploy.service, "pre_deploy_started", details)


def pre_deploy_ended(deploy: DeployRecord, execution: str, failure: dict[str, Any]) -> EventRecord:
    outcome = "failed" if failure else "succeeded"
    details = {
        "deployId": deploy.id,
        "deployCommandExecutionId": execution,
        "preDeployStatus": outcome,
        "status": _NUMBERS[outcome],
        "reason": {"failure": failure} if failure else {},
    }
    return _event(deploy.service, "pre_deploy_ended", details)


def server_failed(deploy: DeployRecord, failure: dict[str, Any]) -> EventRecord:
    return _event(deploy.service, "server_failed", {"instanceID": instance(deploy), "reason": failure})


def server_available(deploy: DeployRecord) -> EventRecord:
    return _event(deploy.service, "server_available", {})


def job_ended(job: JobRecord, failure: dict[str, Any]) -> EventRecord:
    details: dict[str, Any] = {"jobId": job.id, "status": job.status}
    return _event(job.service, "job_run_ended", details | ({"reason": failure} if failure else {}))


def instance(deploy: DeployRecord) -> str:
    """srv-<20>-<5>: the instance that runs a deploy."""
    return f"{deploy.service}-{deploy.id[-5:]}"


def exited(status: int) -> dict[str, Any]:
    """Why, as Render says it, of something that ended by itself."""
    return {"evicted": False, "nonZeroExit": status} if status else {"evicted": False, "earlyExit": True}


def unhealthy(message: str) -> dict[str, Any]:
    return {"evicted": False, "unhealthy": message}


def timed_out(seconds: int, reason: str) -> dict[str, Any]:
    return {"evicted": False, "timedOutSeconds": seconds, "timedOutReason": reason}


def _event(service: str, kind: str, details: dict[str, Any]) -> EventRecord:
    return EventRecord(new_id("evt"), service, kind, now(), details)
