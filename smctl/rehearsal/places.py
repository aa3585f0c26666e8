"""What a rehearsal has on this machine: a folder below `.smctl/`, and names on the Docker daemon."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from smctl.project.files import private_dir
from smctl.project.project import Project
from smctl.stack.state import ensure_state_dir

LABEL = "smctl.rehearsal"
LONGEST_SOCKET = 103  # bytes: sun_path holds 107 on Linux and 103 on macOS


@dataclass(frozen=True)
class Places:
    """root: the project's folder. mark: what tells its containers from those of every other project."""

    root: Path
    folder: Path
    mark: str

    @classmethod
    def of(cls, project: Project) -> Places:
        return cls(project.root, project.state_dir / "rehearsal", project.path_hash)

    def make(self) -> None:
        """Private, and below a `.smctl/` that git does not see."""
        for folder in (self.folder.parent, self.folder, self.platform, self.socket.parent):
            private_dir(folder)
        ensure_state_dir(Project(self.root))

    @property
    def socket(self) -> Path:
        path = self.folder / "control.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET:
            return path
        return Path(f"/tmp/smctl-{os.getuid()}") / f"{self.mark}-rehearsal" / "control.sock"

    @property
    def lock(self) -> Path:
        return self.folder / "daemon.lock"

    @property
    def log(self) -> Path:
        return self.folder / "daemon.log"

    @property
    def platform(self) -> Path:
        """What the emulated platforms remember."""
        return self.folder / "platform"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets.json"

    @property
    def settings(self) -> Path:
        return self.folder / "settings.json"

    @property
    def origin(self) -> Path:
        """The bare repository that stands where GitHub's would."""
        return self.folder / "origin.git"

    @property
    def images(self) -> Path:
        """The names of those that it has built or pulled, a line each."""
        return self.folder / "images.txt"

    @property
    def checkouts(self) -> Path:
        return self.folder / "checkouts"

    # -- on the Docker daemon --------------------------------------------------------------------------------

    @property
    def network(self) -> str:
        return f"smctl-rehearsal-{self.mark}"

    def container(self, *words: str) -> str:
        return "-".join([self.network, *words])

    def labels(self, **more: str) -> dict[str, str]:
        """What every container, network and volume of this rehearsal carries."""
        return {LABEL: self.mark, **{f"{LABEL}.{key}": value for key, value in more.items()}}

    @property
    def filters(self) -> dict[str, list[str]]:
        """For the Docker API's lists: what is of this rehearsal."""
        return {"label": [f"{LABEL}={self.mark}"]}
