"""The project: the folder with a smctl.toml, and where its state lies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from smctl.errors import WrongUse
from smctl.project import config


@dataclass(frozen=True)
class Project:
    root: Path

    @classmethod
    def find(cls, start: Path) -> Project:
        """The nearest folder at or above `start` that has a smctl.toml. Raises WrongUse where there is
        none.
        """
        start = start.resolve()
        if not start.is_dir():
            raise WrongUse("no_such_folder", f"There is no folder {start}.", fix="check --project")
        for folder in (start, *start.parents):
            if (folder / config.FILE_NAME).is_file():
                return cls(folder)
        raise WrongUse(
            "no_project",
            f"No {config.FILE_NAME} in {start} or any folder above it.",
            fix="cd into a project, or name it: smctl --project DIR …",
        )

    @cached_property
    def config(self) -> config.Config:
        return config.load(self.root / config.FILE_NAME)

    @property
    def state_dir(self) -> Path:
        """`.smctl/`: local data and records. Deleting it loses local data and nothing else."""
        return self.root / ".smctl"

    @property
    def backend(self) -> Path:
        return self.root / "backend"

    @property
    def frontend(self) -> Path:
        return self.root / "frontend"

    @property
    def has_frontend(self) -> bool:
        return self.config.dev.frontend and (self.frontend / "package.json").is_file()

    @property
    def env_file(self) -> Path:
        return self.root / ".env"

    @property
    def path_hash(self) -> str:
        """Eight hex digits that tell this folder from every other on the machine."""
        return hashlib.sha256(str(self.root).encode("utf-8", "surrogateescape")).hexdigest()[:8]
