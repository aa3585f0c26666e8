"""What Render tells besides services and deploys, and how it writes moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Event:
    """details: as the platform gives them; their keys depend on the type."""

    id: str
    type: str
    timestamp: datetime
    details: Mapping[str, Any]


@dataclass(frozen=True)
class LogLine:
    """resource: the id of what said it (service or job). level, type: empty where it is not said."""

    timestamp: datetime
    message: str
    resource: str
    instance: str = ""
    level: str = ""
    type: str = ""


@dataclass(frozen=True)
class Job:
    """A command that runs in the image of a service's latest release. status: the platform's own word."""

    id: str
    service_id: str
    command: str
    status: str
    created_at: datetime
    finished_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in ("succeeded", "failed", "canceled")


@dataclass(frozen=True)
class Database:
    """plan: "free" has no backups. status: "available" where it answers."""

    id: str
    name: str
    status: str
    plan: str
    version: str


@dataclass(frozen=True)
class Backup:
    """A logical export. url: where it can be fetched, with a signature in it; empty until it is made."""

    id: str
    created_at: datetime
    url: str = field(default="", repr=False)


@dataclass(frozen=True)
class Recovery:
    """Whether the database can be restored to a moment. starts_at: the earliest; None where it cannot."""

    available: bool
    starts_at: datetime | None = None


class Variables(dict[str, str]):
    """Names and values, that show only their names."""

    def __repr__(self) -> str:
        return "Variables(" + ", ".join(sorted(self)) + ")"

    __str__ = __repr__


def moment(text: object) -> datetime:
    """A time stamp (ISO 8601, any number of digits after the second); 1970 where it is none."""
    return moment_or_none(text) or datetime.fromtimestamp(0, UTC)


def moment_or_none(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def written(when: datetime) -> str:
    """As a query parameter: UTC, microseconds, Z."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
