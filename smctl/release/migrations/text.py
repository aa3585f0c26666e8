"""A judgement as lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from smctl.release.migrations.verdict import Judged, Judgement


def lines(judgement: Judgement) -> list[str]:
    """What is to be known of the migrations between two commits, the way through last."""
    return list(_lines(judgement))


def _lines(judgement: Judgement) -> Iterator[str]:
    if not judgement.migrations:
        yield "no migrations between them"
    for item in judgement.migrations:
        yield from _migration(item)
    for key in judgement.missing:
        yield f"missing: the older code has {key}, and the newer one does not know it"
    yield from judgement.refused
    if judgement.reversal:
        yield "run by the newer code, before the switch:"
        yield from (f"  {command}" for command in judgement.reversal)
        yield from (f"  loses {line}" for line in judgement.loses)
    yield from judgement.notes
    if judgement.way_through:
        yield judgement.way_through


def _migration(item: Judged) -> Iterator[str]:
    yield f"{item.key}: {item.verdict}: {item.reason}"
    yield from (f"  but {line}" for line in item.caution)
