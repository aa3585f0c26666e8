"""Lists as Render gives them: pages with cursors, spans of time, and filters by moment."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from smctl.rehearsal import shapes
from smctl.rehearsal.exchange import Answer, Asked
from smctl.rehearsal.journal import Line
from smctl.rehearsal.records import stamp
from smctl.rehearsal.refusal import Refusal

LIMIT, MOST = 20, 100  # items of a page: unless asked otherwise, and at most
LOOK_BACK = timedelta(hours=1)  # of events and logs where no start is named


def page(asked: Asked, key: str, found: Sequence[dict[str, Any]], *, by: str = "id") -> Answer:
    """The items strictly after the cursor, each with its own; no sign says whether more follow."""
    limit, cursor = asked.number("limit", LIMIT, MOST), asked.value("cursor")
    cursors = [_cursor(each[by]) for each in found]
    if cursor and cursor not in cursors:
        raise Refusal(400, "invalid cursor")
    start = cursors.index(cursor) + 1 if cursor else 0
    shown = zip(found[start : start + limit], cursors[start : start + limit], strict=True)
    return Answer(body=[{key: item, "cursor": at} for item, at in shown])


def _cursor(id: str) -> str:
    return base64.urlsafe_b64encode(id.encode()).decode().rstrip("=")


def logs_page(
    lines: Sequence[Line], limit: int, since: datetime, until: datetime, direction: str
) -> dict[str, Any]:
    """The next page begins where this one ends, that moment included."""
    shown, more = lines[:limit], len(lines) > limit
    if more and direction == "backward":
        until = shown[-1].timestamp
    elif more:
        since = shown[-1].timestamp
    return {
        "hasMore": more,
        "nextStartTime": stamp(since),
        "nextEndTime": stamp(until),
        "logs": [shapes.line(each) for each in shown],
    }


def span(asked: Asked) -> tuple[datetime, datetime]:
    until = moment(asked.value("endTime")) if asked.value("endTime") else datetime.now(UTC)
    since = moment(asked.value("startTime")) if asked.value("startTime") else until - LOOK_BACK
    return since, until


def within(asked: Asked, name: str, text: str | None) -> bool:
    """Whether a moment lies between nameAfter and nameBefore, as far as they are asked for."""
    before, after = asked.value(f"{name}Before"), asked.value(f"{name}After")
    if text is None:
        return not before and not after
    at = moment(text)
    return (not before or at < moment(before)) and (not after or at > moment(after))


def moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(400, f"invalid time: {text}") from None
