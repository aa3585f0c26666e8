"""What a production on this machine remembers: services, deploys, events, jobs, databases."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

_ALPHABET = string.ascii_lowercase + string.digits
Kind = Literal["web", "worker"]

RUNNING = ("created", "build_in_progress", "pre_deploy_in_progress", "update_in_progress")
SUCCEEDED = ("live", "deactivated")


@dataclass
class ServiceRecord:
    """image: the stored imagePath, canonical. env: its variables, values in clear, as Render stores them."""

    id: str
    name: str
    kind: Kind
    owner: str
    image: str
    env: dict[str, str] = field(repr=False)
    health_path: str
    pre_deploy_command: str
    command: str
    created_at: str
    updated_at: str
    url: str = ""
    plan: str = "starter"
    instances: int = 1
    auto_deploy: bool = True
    suspended: bool = False


@dataclass
class DeployRecord:
    """One deploy, with what it took from its service, or from the deploy that it rolls back to.

    stopped: nothing of it runs any more. failure: the reason as events give it.
    """

    id: str
    service: str
    image: str
    trigger: str
    status: str
    env: dict[str, str] = field(repr=False)
    health_path: str
    pre_deploy_command: str
    command: str
    created_at: str
    updated_at: str
    started_at: str = ""
    finished_at: str = ""
    digest: str = ""
    instances: int = 1
    target: str = ""
    stopped: bool = True
    failure: dict[str, Any] = field(default_factory=dict)


@dataclass
class EventRecord:
    id: str
    service: str
    type: str
    timestamp: str
    details: dict[str, Any]


@dataclass
class JobRecord:
    id: str
    service: str
    command: str
    status: str
    created_at: str
    started_at: str = ""
    finished_at: str = ""


@dataclass
class DatabaseRecord:
    """backups: id, createdAt and url of each export, as its API gives them; no url while it is being made."""

    id: str
    name: str
    created_at: str
    plan: str = "basic_256mb"
    version: str = "18"
    backups: list[dict[str, str]] = field(default_factory=list)


def new_id(prefix: str) -> str:
    """srv-…, dep-…: twenty characters, as Render's."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(20))


def now() -> str:
    """As Render writes a moment: UTC, microseconds with the zeros at the end left out, Z."""
    return stamp(datetime.now(UTC))


def stamp(when: datetime) -> str:
    text = when.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return text + "Z"
