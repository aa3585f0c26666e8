"""What one operation means to the older code."""

from __future__ import annotations

from dataclasses import dataclass

from smctl.release.migrations.verdict import Verdict


@dataclass(frozen=True)
class Finding:
    """loses: what taking it back loses. stuck: why it cannot be taken back; empty where it can. certain: the
    older code's own models say so, and no author's word holds against them.
    """

    verdict: Verdict
    reason: str
    loses: str = ""
    caution: str = ""
    stuck: str = ""
    certain: bool = False


def harmless(reason: str, *, loses: str = "", caution: str = "", stuck: str = "") -> Finding:
    return Finding(Verdict.HARMLESS, reason, loses, caution, stuck)


def harmful(reason: str, *, loses: str = "", stuck: str = "", certain: bool = False) -> Finding:
    return Finding(Verdict.NEEDS_REVERSING, reason, loses, "", stuck, certain)
