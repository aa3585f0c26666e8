"""Render's JSON as values. Unknown fields are passed over; absent ones are empty."""

from __future__ import annotations

from typing import Any, Literal

from smctl.release.model import Deploy, Service
from smctl.release.remotes import values

_KINDS: dict[str, Literal["web", "worker"]] = {"web_service": "web", "background_worker": "worker"}


def service(document: Any) -> Service:
    details = _object(document.get("serviceDetails"))
    return Service(
        id=_text(document, "id"),
        name=_text(document, "name"),
        kind=_KINDS.get(_text(document, "type"), "other"),
        owner=_text(document, "ownerId"),
        image=_text(document, "imagePath"),
        url=_text(details, "url"),
        auto_deploys=_auto_deploys(document),
        suspended=document.get("suspended") == "suspended",
        plan=_text(details, "plan"),
    )


def _auto_deploys(document: Any) -> bool:
    """autoDeployTrigger is the newer word; where it stands it decides."""
    trigger = _text(document, "autoDeployTrigger")
    return trigger != "off" if trigger else document.get("autoDeploy") == "yes"


def deploy(document: Any) -> Deploy:
    return Deploy(
        id=_text(document, "id"),
        status=_text(document, "status"),
        trigger=_text(document, "trigger"),
        image=_text(_object(document.get("image")), "ref"),
        created_at=values.moment(document.get("createdAt")),
        finished_at=values.moment_or_none(document.get("finishedAt")),
    )


def event(document: Any) -> values.Event:
    return values.Event(
        id=_text(document, "id"),
        type=_text(document, "type"),
        timestamp=values.moment(document.get("timestamp")),
        details=_object(document.get("details")),
    )


def log_line(document: Any) -> values.LogLine:
    labels = {_text(label, "name"): _text(label, "value") for label in document.get("labels") or []}
    return values.LogLine(
        timestamp=values.moment(document.get("timestamp")),
        message=_text(document, "message"),
        resource=labels.get("resource", ""),
        instance=labels.get("instance", ""),
        level=labels.get("level", ""),
        type=labels.get("type", ""),
    )


def job(document: Any) -> values.Job:
    return values.Job(
        id=_text(document, "id"),
        service_id=_text(document, "serviceId"),
        command=_text(document, "startCommand"),
        status=_text(document, "status") or "pending",
        created_at=values.moment(document.get("createdAt")),
        finished_at=values.moment_or_none(document.get("finishedAt")),
    )


def database(document: Any) -> values.Database:
    return values.Database(
        id=_text(document, "id"),
        name=_text(document, "name"),
        status=_text(document, "status"),
        plan=_text(document, "plan"),
        version=_text(document, "version"),
    )


def backup(document: Any) -> values.Backup:
    return values.Backup(
        _text(document, "id"), values.moment(document.get("createdAt")), _text(document, "url")
    )


def recovery(document: Any) -> values.Recovery:
    available = document.get("recoveryStatus") == "AVAILABLE"
    return values.Recovery(available, values.moment_or_none(document.get("startsAt")) if available else None)


def _text(document: Any, key: str) -> str:
    value = document.get(key) if isinstance(document, dict) else None
    return "" if value is None else str(value)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
