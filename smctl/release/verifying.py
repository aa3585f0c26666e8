"""A release is live when production says so: /health is 200 and names the commit, several times in a row."""

from __future__ import annotations

import time
from collections.abc import Callable

from smctl.release.rollout import ReleaseFailed
from smctl.stack import probes

IN_A_ROW = 5
EVERY = 0.5  # seconds
# Traffic moves some seconds after a deploy is called live, and an old instance may answer until then.
DEADLINE = 180.0
PATIENCE = 10.0  # seconds for one answer


def verify(url: str, sha: str, say: Callable[[str], None]) -> None:
    """Return once production runs that commit and is well. Raises ReleaseFailed: it did not in time."""
    ends, row = time.monotonic() + DEADLINE, 0
    while True:
        answer, services = probes.health(url, deadline=PATIENCE)
        good = answer.status == 200 and answer.release == sha
        row = row + 1 if good else 0
        said = f"/health {answer.detail}, release {answer.release[:12] or 'unknown'}"
        say(f"{said} ({row} of {IN_A_ROW})")
        if row == IN_A_ROW:
            return
        if time.monotonic() > ends:
            raise ReleaseFailed(
                "not_verified",
                f"{url} did not say that it runs {sha[:12]} and is well, in {DEADLINE:.0f} s.",
                why=f"{said}; {', '.join(f'{name} {state}' for name, state in services.items())}",
                fix="smctl health --production",
            )
        time.sleep(EVERY)
