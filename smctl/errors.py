"""The error tree. What a caller can do about an error decides its class, and the class its exit status.

SmctlError              1   the operation failed
├── WrongUse            2   wrong use or wrong configuration; nothing was changed
├── NotHealthy          3   the stack is not running, or not healthy
├── Refused             4   it could be done, but would be unsafe now: lock held, dirty tree
├── RemoteFailed        5   a service elsewhere failed
└── Interrupted       130   the person said stop
"""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(typed: str, known: Iterable[str]) -> str:
    """A fix that offers the nearest of the known names; empty where none is near."""
    import difflib  # 3 ms, and only who mistypes pays them

    nearest = difflib.get_close_matches(typed, list(known), n=1)
    return f'did you mean "{nearest[0]}"?' if nearest else ""


class SmctlError(Exception):
    """Something that a person can act on.

    code: stable, for scripts (`port_taken`). message: what happened. why: the evidence, any number of lines.
    fix: the one command or key that helps.
    """

    exit_status = 1

    def __init__(self, code: str, message: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.why = why
        self.fix = fix

    def as_document(self) -> dict[str, dict[str, str]]:
        """The JSON shape of every error: {"error": {"code", "message", "why", "fix"}}."""
        return {"error": {"code": self.code, "message": self.message, "why": self.why, "fix": self.fix}}


class WrongUse(SmctlError):
    exit_status = 2


class NotHealthy(SmctlError):
    exit_status = 3


class Refused(SmctlError):
    exit_status = 4


class RemoteFailed(SmctlError):
    exit_status = 5


class Interrupted(SmctlError):
    exit_status = 130

    def __init__(self, message: str = "Interrupted.", *, why: str = "", fix: str = "") -> None:
        super().__init__("interrupted", message, why=why, fix=fix)
