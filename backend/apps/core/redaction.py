"""Takes secrets out of what leaves this process as text: log lines and error reports.

The first fence is that nobody logs a body, a header or the arguments of a task. This is the second one, for
what an exception quotes: it knows a secret by the name in front of it or by its shape.
"""

import re
from typing import Any

REDACTED = "[redacted]"
# Deeper than any event of Sentry is.
DEEPEST = 12

_WORDS = (
    r"passw(?:or)?d|passphrase|secret|token|authori[sz]ation|cookie|credential|dsn"
    r"|api[-_]?key|private[-_]?key|session[-_]?id"
)
_NAME = re.compile(_WORDS, re.IGNORECASE)

# A value may be quoted, quoted inside a quoted text, a list, or end where the next thing begins. Nothing here
# goes back over what it read, so that a long line takes time in proportion to its length.
_VALUE = (
    r"""(?:b?"(?:[^"\\]|\\.)*+(?:"|$)|b?'(?:[^'\\]|\\.)*+(?:'|$)"""
    r"""|\\["'].{0,500}?\\["']|\[[^\]]{0,1000}\]|[^\s,;&)}\]]+)"""
)

_SHAPES = [
    # scheme://user:password@host
    (re.compile(r"://[^\s/@]{1,256}@"), f"://{REDACTED}@"),
    (re.compile(r"\b(Bearer|Basic|Token)\s+[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1 {REDACTED}"),
    # A JSON web token: two or three parts in base64, the first of which begins with {".
    (re.compile(r"\beyJ[\w-]{8,2000}\.[\w.-]+"), REDACTED),
    # name=value, "name": "value", also where these quotes are escaped
    (
        re.compile(rf"""((?:{_WORDS})[\w-]{{0,40}}+\\?["']?\s{{0,4}}[:=]\s{{0,4}}){_VALUE}""", re.I | re.S),
        rf"\1{REDACTED}",
    ),
]


def is_secret(name: str) -> bool:
    """Say whether what goes by this name must not be shown."""
    return _NAME.search(name) is not None


def redact_text(text: str) -> str:
    """Return `text` with what looks like a secret taken out."""
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return text


def redact(value: Any, *, levels: int = DEEPEST) -> Any:
    """Return a copy of dicts, lists and strings without secrets; anything else is returned as it is."""
    if isinstance(value, str):
        return redact_text(value)
    if not isinstance(value, dict | list | tuple):
        return value
    if levels == 0:
        return REDACTED
    if isinstance(value, dict):
        return {
            key: REDACTED if is_secret(str(key)) else redact(each, levels=levels - 1)
            for key, each in value.items()
        }
    return [redact(each, levels=levels - 1) for each in value]
