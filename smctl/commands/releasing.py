"""How a deploy and a rollback are told: what was found, the steps as they go, and the document of the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from smctl.errors import Interrupted, SmctlError
from smctl.output import GREEN, RED, YELLOW, Output, seconds, table
from smctl.release import refs
from smctl.release.preflight import Finding
from smctl.release.steps import Act, Journal, Progress, Say, Step
from smctl.release.target import Target

MARKS = {"ok": ("✓", GREEN), "warn": ("!", YELLOW), "refuse": ("✗", RED)}
LOCK = "lock"
LOCKING = Step(LOCK, "nobody else deploys or rolls back meanwhile")
STATES = {"running": "…", "done": "✓", "failed": "✗"}


@dataclass
class Told:
    """What the document of `deploy` and `rollback` has besides its steps: add keys, never change these."""

    target: Target
    sha: str
    rolled_back_from: str = ""
    findings: Sequence[Finding] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def document(self, status: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "target": self.target.name,
            "sha": self.sha,
            "image": self.target.image(self.sha),
            "status": status,
            "rolled_back_from": self.rolled_back_from or None,
            "steps": steps,
            "url": self.target.url,
            "findings": [finding.as_document() for finding in self.findings],
            **self.more,
        }


def show_findings(out: Output, findings: Iterable[Finding]) -> None:
    """One line of each, and what more it has below; for people, so on stderr."""
    import sys

    for finding in findings:
        mark, color = MARKS[finding.status]
        first, *more = finding.text.splitlines() or [""]
        out.progress(f"  {out.paint(mark, color, stream=sys.stderr)} {finding.name:<11} {first}")
        for line in more:
            out.progress(f"    {'':<11} {line}")


def show_steps(out: Output, steps: Sequence[Step]) -> None:
    out.progress("Steps:")
    out.progress(table([[step.name, step.text] for step in steps], indent="    "))


def carried_out(out: Output, told: Told, work: Callable[[Journal], object], *, after: str = "") -> int:
    """Do the work and tell of it: 0 where it is live. With --json an error is part of the document."""
    began = time.monotonic()
    journal = Journal(_teller(out))
    try:
        work(journal)
    except SmctlError as error:
        return _failed(out, told, journal, error)
    except KeyboardInterrupt:
        raise Interrupted(
            "Interrupted. What was triggered goes on without us.",
            fix="the same command again: it finds out where it stands",
        ) from None
    took = time.monotonic() - began
    document = told.document("live", journal.as_document()) | {"seconds": round(took, 3)}
    text = f"{out.paint('live', GREEN)}  {told.sha[:12]} at {told.target.url}, in {seconds(took)}"
    out.data(document, "\n".join(filter(None, [text, after])))
    return 0


def _failed(out: Output, told: Told, journal: Journal, error: SmctlError) -> int:
    if not out.as_json:
        raise error
    status = "refused" if error.exit_status == 4 else "failed"
    out.data(told.document(status, journal.as_document()) | error.as_document(), "")
    return error.exit_status


class Locking(Protocol):
    """What was typed about the lock."""

    @property
    def lock_wait(self) -> float: ...
    @property
    def break_lock(self) -> bool: ...


def locking(held: ExitStack, notes: refs.Refs, mine: refs.Note, typed: Locking) -> Act:
    """The step that takes the lock, which is given back when `held` ends, however it does."""

    def act(say: Say) -> None:
        held.enter_context(
            refs.locked(notes, mine, wait=typed.lock_wait, take_over=typed.break_lock, on_wait=say)
        )

    return act


def _teller(out: Output) -> Callable[[Progress], None]:
    def tell(progress: Progress) -> None:
        mark = STATES[progress.state]
        took = f"  {seconds(progress.seconds)}" if progress.state != "running" else ""
        out.progress(f"  {mark} {progress.name:<18} {progress.text}{took}")

    return tell
