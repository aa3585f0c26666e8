"""Where the embedded engine keeps things, all below `.smctl/` except sockets whose path would be too long."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from smctl.errors import Refused
from smctl.project.files import private_dir
from smctl.project.project import Project

# sun_path holds 107 bytes on Linux and 103 on macOS; PostgreSQL's lock file beside its socket is the longest
# name.
LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.65535.lock")


@dataclass(frozen=True)
class Places:
    root: Path
    state: Path
    run: Path

    @classmethod
    def of(cls, project: Project) -> Places:
        run = project.state_dir / "run"
        if len(os.fsencode(run)) > LONGEST_SOCKET_FOLDER:
            run = Path(f"/tmp/smctl-{os.getuid()}") / project.path_hash
        return cls(project.root, project.state_dir, run)

    def make(self) -> None:
        for folder in (
            self.state,
            self.run.parent,
            self.run,
            self.logs,
            self.state / "data",
            self.redis_data,
        ):
            private_dir(folder)
            if folder.stat().st_uid != os.getuid():
                raise Refused(
                    "folder_not_ours",
                    f"{folder} belongs to another user.",
                    why="the sockets of the stack would lie in a folder that somebody else controls",
                    fix=f"remove {folder}, or use a project folder with a shorter path",
                )

    @property
    def socket(self) -> Path:
        return self.run / "control.sock"

    @property
    def lock(self) -> Path:
        return self.state / "supervisor.lock"

    @property
    def processes(self) -> Path:
        return self.state / "processes.json"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def postgres_data(self) -> Path:
        return self.state / "data" / "postgres"

    @property
    def redis_data(self) -> Path:
        return self.state / "data" / "redis"
