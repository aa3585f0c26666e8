"""The verdict on migrations for the older code on the newer schema: what the lead, people and scripts get."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """In the order in which they get worse."""

    HARMLESS = "harmless"
    NEEDS_REVERSING = "needs reversing"
    IMPOSSIBLE = "impossible"

    @property
    def rank(self) -> int:
        return list(Verdict).index(self)


def worst(verdicts: list[Verdict]) -> Verdict:
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.HARMLESS)


@dataclass(frozen=True)
class Judged:
    """One migration. key: "app.name". loses: what taking it back loses, a line each. caution: where the older
    code works and yet one thing differs. undone: the plan takes it back, be it for another's sake.
    """

    key: str
    verdict: Verdict
    reason: str
    loses: tuple[str, ...] = ()
    caution: tuple[str, ...] = ()
    undone: bool = False

    def as_document(self) -> dict[str, Any]:
        return {
            "migration": self.key,
            "verdict": str(self.verdict),
            "reason": self.reason,
            "loses": list(self.loses),
            "caution": list(self.caution),
            "undone": self.undone,
        }


@dataclass(frozen=True)
class Judgement:
    """Of all migrations that the newer commit has more, in the order in which it would run them.

    older, newer: the commits, 40 hex digits. reversal: commands of the newer code, in order; empty where
    nothing needs it or it would not help. missing: migrations that the older has and the newer lacks. notes:
    what else a person should know. way_through: what to do instead where the verdict is impossible.
    """

    older: str
    newer: str
    migrations: tuple[Judged, ...] = ()
    reversal: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=(), repr=False)
    way_through: str = ""

    @property
    def verdict(self) -> Verdict:
        """The worst; impossible also where the newer code could not have migrated what the older has."""
        if self.missing or self.refused:
            return Verdict.IMPOSSIBLE
        return worst([item.verdict for item in self.migrations])

    @property
    def loses(self) -> tuple[str, ...]:
        """What the reversal loses."""
        return tuple(line for item in self.migrations if item.undone for line in item.loses)

    def as_document(self) -> dict[str, Any]:
        return {
            "older": self.older,
            "newer": self.newer,
            "verdict": str(self.verdict),
            "migrations": [item.as_document() for item in self.migrations],
            "reversal": list(self.reversal),
            "loses": list(self.loses),
            "missing": list(self.missing),
            "refused": list(self.refused),
            "notes": list(self.notes),
            "way_through": self.way_through,
        }
