"""What every verb is given: where to write, and which project it is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from smctl.output import Output
from smctl.project.project import Project


@dataclass
class Invocation:
    out: Output
    directory: Path

    @cached_property
    def project(self) -> Project:
        return Project.find(self.directory)
