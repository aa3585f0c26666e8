"""From the facts of both trees to the judgement. Pure functions, no effects."""

from __future__ import annotations

from collections.abc import Iterable

from smctl.release.migrations import code_rules, schema_rules
from smctl.release.migrations.facts import Newer, Older, OnDisk, Operation, Pending
from smctl.release.migrations.finding import Finding, harmless
from smctl.release.migrations.reversing import Reversal, reversal
from smctl.release.migrations.verdict import Judged, Judgement, Verdict, worst

EMPTY = harmless("it has no operations")


def judge(older: Older, newer: Newer, *, commits: tuple[str, str], notes: Iterable[str] = ()) -> Judgement:
    """commits: of the older and of the newer tree. notes: what was to be said about the reading."""
    found = {pending.key: _findings(pending, older) for pending in newer.plan}
    needed = {key for key, items in found.items() if _verdict(items) != Verdict.HARMLESS}
    back = reversal(newer.plan, needed, {key: _stuck(items) for key, items in found.items()})
    missing, refused = _missing(older, newer), _refused(newer)
    judged = [_squash(item, older) for item in _new_squashes(older, newer)]
    judged += [_judged(pending, found[pending.key], back) for pending in newer.plan]
    return Judgement(
        *commits,
        migrations=tuple(judged),
        reversal=back.commands if not (missing or refused) else (),
        missing=missing,
        refused=refused,
        notes=(*notes, *_notes(older, newer)),
        way_through=_way_through(judged, missing, refused),
    )


def _findings(pending: Pending, older: Older) -> list[Finding]:
    found = [one for item in pending.operations for one in _of(item, pending, older)] or [EMPTY]
    return [_declared(one, pending.declared) for one in found] if pending.declared else found


def _of(operation: Operation, pending: Pending, older: Older) -> Iterable[Finding]:
    match operation.kind:
        case "RunPython":
            return [code_rules.python(operation, pending.app not in older.apps)]
        case "RunSQL":
            return code_rules.sql(operation, older.tables)
        case "":
            return [code_rules.unknown(operation)]
    found = schema_rules.findings(operation, older.tables, pending.ends_with)
    return found if operation.reversible else [*found, harmless("", stuck=code_rules.NO_WAY_BACK)]


def _declared(found: Finding, word: str) -> Finding:
    """An author's word holds against what nobody can tell, and not against the older code's own models."""
    if found.verdict == Verdict.HARMLESS or found.certain:
        return found
    return harmless(f"its author says: {word}", loses=found.loses, stuck=found.stuck)


def _verdict(found: list[Finding]) -> Verdict:
    return worst([one.verdict for one in found])


def _stuck(found: list[Finding]) -> str:
    return next((one.stuck for one in found if one.stuck), "")


def _judged(pending: Pending, found: list[Finding], back: Reversal) -> Judged:
    verdict = _verdict(found)
    reasons = [one.reason for one in found if one.verdict == verdict and one.reason]
    if pending.key in back.stuck:
        verdict, reasons = Verdict.IMPOSSIBLE, [*reasons, back.stuck[pending.key]]
    return Judged(
        key=pending.key,
        verdict=verdict,
        reason="; ".join(dict.fromkeys(reasons)),
        loses=tuple(dict.fromkeys(one.loses for one in found if one.loses)),
        caution=tuple(dict.fromkeys(one.caution for one in found if one.caution)),
        undone=pending.key in back.undone,
    )


def _new_squashes(older: Older, newer: Newer) -> list[OnDisk]:
    """Those that will never run here, because the older code has what they replace, or a part of it."""
    planned = {pending.key for pending in newer.plan}
    return [
        item
        for key, item in newer.migrations.items()
        if key not in planned and key not in older.migrations and {*item.replaces} & older.applied
    ]


def _squash(item: OnDisk, older: Older) -> Judged:
    there = [key for key in item.replaces if key in older.applied]
    reason = f"it stands for {', '.join(there)}, which the older code has: nothing of it runs"
    return Judged(item.key, Verdict.HARMLESS, reason)


def _missing(older: Older, newer: Newer) -> tuple[str, ...]:
    """What the older code has migrated and the newer code knows nothing of, by its name or by a squash."""
    replaced = {key for item in newer.migrations.values() for key in item.replaces}
    replaced |= {
        key for own, item in older.migrations.items() if own in newer.migrations for key in item.replaces
    }
    return tuple(
        key
        for key, item in older.migrations.items()
        if item.app in newer.apps
        and key not in newer.migrations
        and key not in replaced
        and not (item.replaces and {*item.replaces} <= newer.migrations.keys())
    )


def _refused(newer: Newer) -> tuple[str, ...]:
    """Why `migrate` of the newer code does not run on a database of the older one."""
    pairs = [
        f"migrate refuses (inconsistent history): {child} is applied, and {parent}, which it needs, is not"
        for child, parent in newer.inconsistent
    ]
    halves = [
        f"{key} replaces migrations of which the older code has some only, and the others are gone"
        for key in newer.half_squashed
    ]
    return (*pairs, *halves)


def _notes(older: Older, newer: Newer) -> Iterable[str]:
    changed = [
        key for key, item in older.migrations.items() if newer.migrations.get(key, item).digest != item.digest
    ]
    if changed:
        yield f"changed after they were applied, and not run again: {', '.join(sorted(changed))}"
    gone = sorted({item.app for item in older.migrations.values()} - newer.apps)
    if gone:
        yield f"the newer code has no app {', '.join(gone)} any more; its tables stay as they are"


def _way_through(judged: list[Judged], missing: tuple[str, ...], refused: tuple[str, ...]) -> str:
    if missing:
        return (
            "The newer code does not descend from the older one. Bring the missing migrations into it "
            "(merge, or put their names into `replaces` where they were renamed), and deploy that."
        )
    if refused:
        return (
            "Let the new migrations follow those that are applied (makemigrations --merge), and deploy that."
        )
    if any(item.verdict == Verdict.IMPOSSIBLE for item in judged):
        return (
            "Go forward: a commit on top of the newer one that keeps its migrations, brings back the older "
            "behaviour, and is deployed. Only where that takes too long: a backup of before the deploy, and "
            "with it the loss of all that was written since."
        )
    return ""
