"""The databases of a rehearsal, as far as a release asks for them: what there is, and their backups."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from smctl.rehearsal.records import DatabaseRecord, new_id, now, stamp
from smctl.rehearsal.refusal import Refusal
from smctl.rehearsal.stage import Stage

Export = Callable[[], str]
"""Makes a backup and returns its URL."""

RECOVERABLE = timedelta(days=3)  # the window of point-in-time recovery on Render's smallest workspace plan


class Databases:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._exports: dict[str, Export] = {}

    def add(
        self, name: str, *, plan: str = "basic_256mb", version: str = "18", export: Export | None = None
    ) -> str:
        """Its id, also where it is known already. export: makes a backup; without it, one is only told of."""
        with self._stage.state.changing() as state:
            known = next((each for each in state.databases.values() if each.name == name), None)
            database = known or DatabaseRecord(f"{new_id('dpg')}-a", name, now(), plan, version)
            state.databases[database.id] = database
        self._exports[database.id] = export or (lambda: f"https://example.com/{database.id}.tar.gz")
        return database.id

    def list(self) -> list[DatabaseRecord]:
        with self._stage.state.changed:
            return list(self._stage.state.databases.values())

    def of(self, database_id: str) -> DatabaseRecord:
        if database_id not in self._stage.state.databases:
            raise Refusal.absent(database_id)
        return self._stage.state.databases[database_id]

    def start_backup(self, database_id: str) -> None:
        database = self.of(database_id)
        if database.plan == "free":
            raise Refusal(400, "exports are not available for free databases")
        backup = {"id": new_id("exp"), "createdAt": now()}
        with self._stage.state.changing():
            database.backups.insert(0, backup)
        self._stage.begin(functools.partial(self._export, database.id, backup), backup["id"])

    def recovery(self, database_id: str) -> dict[str, str]:
        database = self.of(database_id)
        if database.plan == "free":
            return {"recoveryStatus": "NOT_AVAILABLE"}
        earliest = max(database.created_at, stamp(datetime.now(UTC) - RECOVERABLE))
        return {"recoveryStatus": "AVAILABLE", "startsAt": earliest}

    def _export(self, database_id: str, backup: dict[str, str]) -> None:
        url = self._exports[database_id]()
        with self._stage.state.changing():
            backup["url"] = url
