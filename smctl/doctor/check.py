"""What a check is: a function of a family's file that returns a Result, and the name that file and function
give it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from smctl.errors import SmctlError
from smctl.project.project import Project

Status = Literal["ok", "warn", "fail", "skip"]
DEADLINE = 2.0  # seconds for one check; all run side by side, so about this long for all of them


@dataclass(frozen=True)
class Result:
    """What a check found.

    id: given by its Check. evidence: what was seen, never a secret. fix: the one command or key that helps.
    mend: does just that, for `--fix`; only where it is trivially safe. It returns what it did, in words.
    """

    status: Status
    evidence: str
    fix: str = ""
    mend: Callable[[], str] | None = field(default=None, repr=False, compare=False)
    id: str = ""

    def named(self, check_id: str) -> Result:
        return replace(self, id=check_id)

    def as_document(self) -> dict[str, Any]:
        return {"id": self.id, "status": self.status, "evidence": self.evidence, "fix": self.fix}


def ok(evidence: str) -> Result:
    return Result("ok", evidence)


def skip(why: str) -> Result:
    return Result("skip", why)


def warn(evidence: str, *, fix: str) -> Result:
    return Result("warn", evidence, fix)


def fail(evidence: str, *, fix: str, mend: Callable[[], str] | None = None) -> Result:
    return Result("fail", evidence, fix, mend)


@dataclass(frozen=True)
class Check:
    """id: family.name. examine: given the project, or None outside of one."""

    id: str
    examine: Callable[[Project | None], Result]

    def run(self, project: Project | None) -> Result:
        """Its result. What the floors below refuse is a failure with their own evidence and fix."""
        return self._found(project).named(self.id)

    def _found(self, project: Project | None) -> Result:
        try:
            return self.examine(project)
        except SmctlError as error:
            if error.code.startswith("config_") and self.id != "config.file":
                return skip("smctl.toml cannot be read: see config.file")
            return fail(" ".join(f"{error.message} {error.why}".split()), fix=error.fix)
        except OSError as error:
            return fail(str(error), fix="check who owns the file, and the disk")


def machine_check(function: Callable[[], Result]) -> Check:
    """A check of the machine, made in a project or not."""
    return Check(_id(function), lambda _: function())


def project_check(function: Callable[[Project], Result]) -> Check:
    """A check of a project; skipped where there is none."""
    return Check(
        _id(function), lambda project: function(project) if project else skip("this is not in a project")
    )


def _id(function: Callable[..., Result]) -> str:
    family = function.__module__.rpartition(".")[2]
    return f"{family}.{function.__name__.replace('_', '-')}"
