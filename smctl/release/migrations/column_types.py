"""Which of PostgreSQL's column types, as Django writes them, take every value of another."""

from __future__ import annotations

import re

WHOLE_NUMBERS = ("smallint", "integer", "bigint")
TEXT = "text"
VARCHAR = re.compile(r"varchar(?:\((\d+)\))?")
NUMERIC = re.compile(r"numeric\((\d+), ?(\d+)\)")


def widens(narrow: str, wide: str) -> bool:
    """Whether code that was written for `narrow` may go on writing, reading and comparing on `wide`."""
    if narrow == wide:
        return True
    if narrow in WHOLE_NUMBERS and wide in WHOLE_NUMBERS:
        return WHOLE_NUMBERS.index(narrow) < WHOLE_NUMBERS.index(wide)
    if _length(narrow) is not None and _length(wide) is not None:
        return _length(narrow) <= _length(wide)  # type: ignore[operator]
    before, after = NUMERIC.fullmatch(narrow), NUMERIC.fullmatch(wide)
    # Another scale reads as another number of decimals, which the older code would round when it writes.
    return bool(before and after and before[2] == after[2] and int(before[1]) <= int(after[1]))


def _length(name: str) -> float | None:
    """How many characters it holds; None where it is no text."""
    match = VARCHAR.fullmatch(name)
    if match:
        return float(match[1] or "inf")
    return float("inf") if name == TEXT else None
