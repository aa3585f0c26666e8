"""Records as Render's API writes them; every key of the answers that were recorded."""

from __future__ import annotations

from typing import Any

from smctl.rehearsal.journal import Line
from smctl.rehearsal.records import (
    DatabaseRecord,
    DeployRecord,
    EventRecord,
    JobRecord,
    ServiceRecord,
    stamp,
)

DASHBOARD = "https://dashboard.render.com"
REGION = "oregon"


def service(record: ServiceRecord) -> dict[str, Any]:
    kind = "web_service" if record.kind == "web" else "background_worker"
    return {
        "id": record.id,
        "autoDeploy": "yes" if record.auto_deploy else "no",
        "autoDeployTrigger": "commit" if record.auto_deploy else "off",
        "createdAt": record.created_at,
        "dashboardUrl": f"{DASHBOARD}/{record.kind}/{record.id}",
        "imagePath": record.image,
        "name": record.name,
        "notifyOnFail": "default",
        "ownerId": record.owner,
        "rootDir": "",
        "slug": record.name,
        "suspended": "suspended" if record.suspended else "not_suspended",
        "suspenders": ["user"] if record.suspended else [],
        "type": kind,
        "updatedAt": record.updated_at,
        "serviceDetails": _details(record),
    }


def _details(record: ServiceRecord) -> dict[str, Any]:
    common = {
        "buildPlan": "starter",
        "env": "image",
        "envSpecificDetails": {
            "dockerCommand": record.command,
            "dockerContext": "",
            "dockerfilePath": "",
            "preDeployCommand": record.pre_deploy_command,
        },
        "numInstances": record.instances,
        "plan": record.plan,
        "previews": {"generation": "off"},
        "pullRequestPreviewsEnabled": "no",
        "region": REGION,
        "runtime": "image",
    }
    if record.kind == "worker":
        return common
    return common | {
        "healthCheckPath": record.health_path,
        "openPorts": [{"port": 10000, "protocol": "TCP"}],
        "url": record.url,
    }


def deploy(record: DeployRecord) -> dict[str, Any]:
    """An image's deploy has commit null, and no serviceId."""
    document = {
        "id": record.id,
        "commit": None,
        "image": {"ref": record.image, "sha": record.digest},
        "status": record.status,
        "trigger": record.trigger,
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
        "finishedAt": record.finished_at or None,
    }
    return document | ({"startedAt": record.started_at} if record.started_at else {})


def event(record: EventRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "timestamp": record.timestamp,
        "serviceId": record.service,
        "type": record.type,
        "details": record.details,
    }


def job(record: JobRecord) -> dict[str, Any]:
    document = {
        "id": record.id,
        "serviceId": record.service,
        "startCommand": record.command,
        "planId": "plan-srv-006",
        "status": record.status,
        "createdAt": record.created_at,
    }
    ends = {"startedAt": record.started_at, "finishedAt": record.finished_at}
    return document | {name: moment for name, moment in ends.items() if moment}


def line(record: Line) -> dict[str, Any]:
    labels = {"resource": record.resource, "instance": record.instance, "type": record.kind, "level": "info"}
    return {
        "id": record.id,
        "labels": [{"name": name, "value": value} for name, value in labels.items()],
        "message": record.message,
        "timestamp": stamp(record.timestamp),
    }


def database(record: DatabaseRecord, owner: str) -> dict[str, Any]:
    return {
        "id": record.id,
        "createdAt": record.created_at,
        "dashboardUrl": f"{DASHBOARD}/d/{record.id}",
        "databaseName": record.name.replace("-", "_"),
        "databaseUser": record.name.replace("-", "_"),
        "diskAutoscalingEnabled": False,
        "diskSizeGB": 1,
        "highAvailabilityEnabled": False,
        "ipAllowList": [],
        "name": record.name,
        "owner": {"id": owner, "name": "rehearsal", "email": "rehearsal@example.com", "type": "team"},
        "plan": record.plan,
        "readReplicas": [],
        "region": REGION,
        "role": "primary",
        "status": "available",
        "suspended": "not_suspended",
        "suspenders": [],
        "updatedAt": record.created_at,
        "version": record.version,
    }
