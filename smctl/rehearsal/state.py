"""The memory of a production on this machine: one file, read at the start and written at every change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from smctl.project.files import private_dir, read_json, write_json
from smctl.rehearsal.records import DatabaseRecord, DeployRecord, EventRecord, JobRecord, ServiceRecord

MOST_EVENTS = 2_000  # the oldest are forgotten


class State:
    """Changed only inside `with state.changing()`, which writes it at its end; read inside `changed`."""

    def __init__(self, folder: Path) -> None:
        self.services: dict[str, ServiceRecord] = {}
        self.deploys: dict[str, DeployRecord] = {}
        self.events: list[EventRecord] = []
        self.jobs: dict[str, JobRecord] = {}
        self.databases: dict[str, DatabaseRecord] = {}
        self.github: dict[str, Any] = {}
        self.vercel: dict[str, Any] = {}
        self.changed = threading.Condition()  # on an RLock: one change may be part of another
        self.folder = private_dir(folder)
        self._path = self.folder / "platform.json"
        self._load(read_json(self._path))

    @contextmanager
    def changing(self) -> Iterator[State]:
        with self.changed:
            yield self
            write_json(self._path, self._document())
            self.changed.notify_all()

    def wait_for(self, predicate: Callable[[], bool], seconds: float) -> bool:
        """Whether it came true within that time; looked at after every change."""
        with self.changed:
            return self.changed.wait_for(predicate, seconds)

    def service_named(self, name: str) -> ServiceRecord | None:
        return next((each for each in self.services.values() if each.name == name), None)

    def deploys_of(self, service: str) -> list[DeployRecord]:
        """Newest first."""
        return [each for each in reversed(self.deploys.values()) if each.service == service]

    def live(self, service: str) -> DeployRecord | None:
        return next((each for each in self.deploys_of(service) if each.status == "live"), None)

    def _load(self, document: dict[str, Any]) -> None:
        """Deploys stand in the order in which they were asked for, which the file keeps."""
        self.services = {each["id"]: ServiceRecord(**each) for each in document.get("services", [])}
        self.deploys = {each["id"]: DeployRecord(**each) for each in document.get("deploys", [])}
        self.events = [EventRecord(**each) for each in document.get("events", [])]
        self.jobs = {each["id"]: JobRecord(**each) for each in document.get("jobs", [])}
        self.databases = {each["id"]: DatabaseRecord(**each) for each in document.get("databases", [])}
        self.github = document.get("github", {})
        self.vercel = document.get("vercel", {})

    def _document(self) -> dict[str, Any]:
        del self.events[:-MOST_EVENTS]
        return {
            "services": [asdict(each) for each in self.services.values()],
            "deploys": [asdict(each) for each in self.deploys.values()],
            "events": [asdict(each) for each in self.events],
            "jobs": [asdict(each) for each in self.jobs.values()],
            "databases": [asdict(each) for each in self.databases.values()],
            "github": self.github,
            "vercel": self.vercel,
        }
