"""Which commands of the newer code take migrations back, and whether they can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smctl.release.migrations.facts import Pending

COMMAND = "python manage.py migrate {app} {target}"


@dataclass(frozen=True)
class Reversal:
    """commands: in order. undone: keys. stuck: why a migration that has to be taken back cannot be."""

    commands: tuple[str, ...]
    undone: frozenset[str]
    stuck: Mapping[str, str]


def reversal(plan: Sequence[Pending], needed: set[str], stuck: Mapping[str, str]) -> Reversal:
    """plan: in the order in which they ran. needed: the keys to be taken back. stuck: why some cannot be.

    The earliest goes first: with it goes whatever came to depend on it.
    """
    commands, undone, failed = list[str](), set[str](), dict[str, str]()
    for pending in plan:
        if pending.key not in needed or pending.key in undone:
            continue
        ways = [way for way in pending.ways_back if {*way.undoes} <= {item.key for item in plan}]
        if not ways:
            failed[pending.key] = _not_alone(pending)
            continue
        way = min(ways, key=lambda one: len(one.undoes))
        blocked = [key for key in way.undoes if key not in undone and stuck.get(key)]
        if blocked:
            failed[pending.key] = _blocked(pending.key, blocked[-1], stuck)
            continue
        undone.update(way.undoes)
        commands.append(COMMAND.format(app=pending.app, target=way.target))
    if failed:
        return Reversal((), frozenset(), failed)
    return Reversal(tuple(commands), frozenset(undone), {})


def _not_alone(pending: Pending) -> str:
    with_it = sorted({key for way in pending.ways_back for key in way.undoes} - {pending.key})
    if not with_it:
        return "Django finds no way back to before it"
    return f"Django takes it back only along with what the older code needs, among {', '.join(with_it)}"


def _blocked(own: str, blocker: str, stuck: Mapping[str, str]) -> str:
    if blocker == own:
        return stuck[own]
    return f"{blocker} would have to be taken back first, and {stuck[blocker]}"
