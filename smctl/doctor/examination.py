"""Running checks: side by side, each with a deadline that a hanging disk or daemon cannot break."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from smctl.doctor.check import DEADLINE, Check, Result, skip
from smctl.project.project import Project

Ended = Result | BaseException


def examine(checks: Sequence[Check], project: Project | None, *, deadline: float = DEADLINE) -> list[Result]:
    """The results, in the order of the checks. A check that is late is skipped, and says so.

    The threads are daemons: one that hangs is left behind, and does not keep the process from ending.
    """
    ends = time.monotonic() + deadline
    answers = [_begin(check, project) for check in checks]
    return [_await(check, answer, ends, deadline) for check, answer in zip(checks, answers)]


def mended(results: Sequence[Result]) -> list[str]:
    """Do what the results can do about themselves; what was done, in words."""
    return [result.mend() for result in results if result.mend]


def _begin(check: Check, project: Project | None) -> SimpleQueue[Ended]:
    answer: SimpleQueue[Ended] = SimpleQueue()

    def work() -> None:
        try:
            answer.put(check.run(project))
        except BaseException as error:
            answer.put(error)

    threading.Thread(target=work, name=check.id, daemon=True).start()
    return answer


def _await(check: Check, answer: SimpleQueue[Ended], ends: float, deadline: float) -> Result:
    try:
        ended = answer.get(timeout=max(0.0, ends - time.monotonic()))
    except Empty:
        return skip(f"no answer within {deadline:g} s").named(check.id)
    if isinstance(ended, BaseException):
        raise ended  # a bug of the check; the door knows what to do with it
    return ended
