"""The arguments of a task as they may be kept: by name, without secrets, and not at any length."""

import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apps.core.redaction import REDACTED, redact

LONGEST_TEXT = 200
LONGEST_DOCUMENT = 4_000
CUT = "… [cut]"
TOO_LONG = "[too long]"
# In JSON, where a backslash that is meant is doubled.
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def presentable(
    run: Callable[..., Any] | None, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a task was called with, each value by the name of its parameter, fit to be stored.

    run: the task's function; None where nobody knows it any more, and then only the keywords have names.
    """
    named = _by_name(run, args, kwargs)
    kept = {name: _cut(value) for name, value in redact(storable(named)).items()}
    if len(json.dumps(kept)) > LONGEST_DOCUMENT:
        return {name: value if isinstance(value, int) else TOO_LONG for name, value in kept.items()}
    return kept


def whole(arguments: Mapping[str, Any]) -> bool:
    """Say whether these are the very arguments, so that the task can be sent again with them."""
    text = json.dumps(arguments, ensure_ascii=False)
    return not any(mark in text for mark in (REDACTED, CUT, TOO_LONG))


def storable(value: Any) -> Any:
    """Return `value` as JSON that PostgreSQL takes: it knows no NaN, no NUL, no half of a surrogate pair."""
    text = NUL.sub(r"\1", json.dumps(value, default=str, ensure_ascii=False))
    return json.loads(text.encode(errors="replace"), parse_constant=str)


def _by_name(
    run: Callable[..., Any] | None, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    unnamed = {f"argument {number}": value for number, value in enumerate(args, 1)}
    if run is None:
        return {**unnamed, **kwargs}
    try:
        return dict(inspect.signature(run).bind_partial(*args, **kwargs).arguments)
    except TypeError:
        # It was called with what it does not take, which is then why it failed.
        return {**unnamed, **kwargs}


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return value[:LONGEST_TEXT] + CUT
    return value
