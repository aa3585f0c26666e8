"""Generated files against those in the project: which differ, and which are the user's own by now."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from smctl.project.files import write_atomic
from smctl.scaffold.rendering import Rendered, is_generated

Status = Literal["same", "missing", "differs", "yours"]
READABLE_BY_ALL = 0o644  # these are committed, and hold no secret


@dataclass(frozen=True)
class Compared:
    """status: "yours" has no marker, and smctl never writes it. found: its text, empty if missing."""

    rendered: Rendered
    status: Status
    found: str

    @property
    def path(self) -> str:
        return self.rendered.path

    @property
    def drifted(self) -> bool:
        return self.status in ("missing", "differs")

    def diff(self) -> str:
        """From what is there to what smctl would write, as a unified diff."""
        lines = difflib.unified_diff(
            self.found.splitlines(keepends=True),
            self.rendered.text.splitlines(keepends=True),
            f"{self.path} (now)",
            f"{self.path} (rendered)",
        )
        return "".join(lines)


def compare(root: Path, files: Iterable[Rendered]) -> list[Compared]:
    return [_compared(root, file) for file in files]


def write(root: Path, files: Iterable[Compared]) -> None:
    """Write what has drifted, each file at once or not at all."""
    for file in files:
        if file.drifted:
            target = root / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(target, file.rendered.text, mode=READABLE_BY_ALL)


def _compared(root: Path, file: Rendered) -> Compared:
    path = root / file.path
    if not path.exists():
        return Compared(file, "missing", "")
    # Bytes that are no UTF-8 cannot be ours; newline="" keeps a CR, which is drift too.
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        found = stream.read()
    if found == file.text:
        return Compared(file, "same", found)
    return Compared(file, "differs" if is_generated(found) else "yours", found)
