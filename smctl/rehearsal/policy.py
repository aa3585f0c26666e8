"""What is known of Render in two versions, and can be rehearsed in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class Policy:
    """when_busy: what a deploy does while another one of its service goes on; `wait` since 2025-07-14,
    `override` in older workspaces. retained: how many earlier releases can be rolled back to.
    rollback_stops_auto_deploy: the documentation says that a rollback through the API leaves it on, a report
    from the field that it does not.
    """

    when_busy: Literal["wait", "override"] = "wait"
    retained: int = 15
    rollback_stops_auto_deploy: bool = True
