"""The variables of production's services: what differs from what is wanted, and setting it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


class Platform(Protocol):
    """What is asked of a platform here; smctl/release/remotes/render.py has it."""

    def set_variable(self, service_id: str, key: str, value: str) -> None: ...
    def remove_variable(self, service_id: str, key: str) -> None: ...


@dataclass(frozen=True)
class Change:
    """One variable of one service. value: empty where it is removed."""

    service: str
    name: str
    action: Literal["add", "change", "remove"]
    value: str = field(default="", repr=False)

    def as_document(self) -> dict[str, Any]:
        return {"service": self.service, "name": self.name, "action": self.action}


def to_set(wanted: Mapping[str, str], there: Mapping[str, Mapping[str, str]]) -> list[Change]:
    """What has to be set so that every service has these. there: the variables of each service."""
    return [
        Change(service, name, "change" if name in values else "add", value)
        for service, values in there.items()
        for name, value in wanted.items()
        if values.get(name) != value
    ]


def to_remove(name: str, there: Mapping[str, Mapping[str, str]]) -> list[Change]:
    return [Change(service, name, "remove") for service, values in there.items() if name in values]


def carry_out(platform: Platform, ids: Mapping[str, str], changes: Iterable[Change]) -> None:
    """One variable after the other; run again, it does what is left. ids: of the services, by name."""
    for change in changes:
        if change.action == "remove":
            platform.remove_variable(ids[change.service], change.name)
        else:
            platform.set_variable(ids[change.service], change.name, change.value)
