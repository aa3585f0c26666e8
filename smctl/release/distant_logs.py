"""Log lines of production, as the stack's own are: followed by asking again for what is newer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from smctl.release.ledger import Pair
from smctl.release.remotes.render import Render
from smctl.stack.services import LogLine

KINDS = ("web", "worker")
EVERY = 2.5  # seconds: the platform answers 30 such questions a minute
OVERLAP = timedelta(seconds=10)  # lines do not arrive in the order of their times
USUAL = timedelta(hours=1)


def lines(
    render: Render, pair: Pair, names: Sequence[str], begin: float | None, *, limit: int, follow: bool
) -> Iterator[LogLine]:
    """Oldest first; with follow, without end. begin: seconds since the epoch; None for the last hour."""
    kinds = {service.id: service.kind for service in pair.services if service.kind in names}
    since = datetime.fromtimestamp(begin, UTC) if begin is not None else datetime.now(UTC) - USUAL
    told = set[tuple[datetime, str, str]]()
    while True:
        found = render.log_lines(pair.web.owner, list(kinds), since=since, limit=limit)
        for line in found:
            key = (line.timestamp, line.instance, line.message)
            if key not in told:
                told.add(key)
                kind = kinds.get(line.resource, names[0])
                yield LogLine(kind, line.timestamp.isoformat(), line.message)
        if not follow:
            return
        since = max([since, *(line.timestamp - OVERLAP for line in found)])
        told = {key for key in told if key[0] >= since}
        time.sleep(EVERY)
