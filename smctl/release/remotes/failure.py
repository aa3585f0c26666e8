"""What a service elsewhere can do wrong, told once for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from smctl.errors import RemoteFailed

LONGEST_MESSAGE = 300  # characters of a server's own words that a person is shown


class RequestFailed(RemoteFailed):
    """A request that did not do what was asked.

    status: of the answer, 0 where there was none. unsure: it may have been carried out all the same, so
    whoever asked has to look before asking again.
    """

    def __init__(
        self, code: str, message: str, *, why: str = "", fix: str = "", status: int = 0, unsure: bool = False
    ) -> None:
        super().__init__(code, message, why=why, fix=fix)
        self.status = status
        self.unsure = unsure


def said(body: bytes) -> str:
    """A server's own words: JSON with or without a message, plain text, or nothing."""
    text = body.decode("utf-8", "replace").strip()
    try:
        text = _message(json.loads(text))
    except ValueError:
        pass
    return "".join(each if each.isprintable() else " " for each in text[:LONGEST_MESSAGE])


def _message(document: object) -> str:
    """Render and GitHub: message. Vercel: error.message. A registry: errors[0].message."""
    if isinstance(document, list):
        return _message(document[0]) if document else ""
    if not isinstance(document, dict):
        return ""
    for key in ("message", "error", "errors", "code"):
        if isinstance(document.get(key), str):
            return str(document[key])
        if nested := _message(document.get(key)):
            return nested
    return ""


def is_limit(status: int, headers: Mapping[str, str]) -> bool:
    """Whether it says "too often": 429, and GitHub's 403 that has nothing left of the limit.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    return status == 429 or (status == 403 and spent)


# What a status means to whoever asked, as the end of a code and the one thing that helps.
_MEANING = {
    400: ("refused", ""),
    401: ("key_refused", "set {variable} to a key that is valid: {where}"),
    402: ("needs_payment", "look at the billing page of {service}"),
    403: ("forbidden", "give the key in {variable} access to this, or use another: {where}"),
    404: ("not_found", "check the name, and that the key in {variable} belongs to its owner"),
    409: ("conflict", "something else changes it: look at it in a moment and try again"),
    410: ("gone", ""),
    422: ("refused", ""),
    429: ("rate_limited", "wait for the limit to pass, then run the same command again"),
}


def of_status(
    service: str,
    request: str,
    status: int,
    words: str,
    *,
    trace: str = "",
    variable: str = "",
    where: str = "",
    again_in: float | None = None,
    unsure: bool = False,
) -> RequestFailed:
    """The error of an answer with this status. request: method and path. words: the server's own. again_in:
    seconds after which it may be asked again, where that is what it says."""
    ending, fix = _MEANING[429] if again_in is not None else _meaning(status)
    if "{variable}" in fix and not variable:
        fix = ""
    why = [f"{request} was answered {status}" + (f": {words}" if words else ", without a word of why.")]
    if again_in is not None:
        why.append(f"It can be asked again in {again_in:.0f} s.")
    if trace:
        why.append(f"Request id, for their support: {trace}")
    return RequestFailed(
        f"{slug(service)}_{ending}",
        f"{service} {_VERDICT.get(ending, 'failed')}.",
        why="\n".join(why),
        fix=fix.format(service=service, variable=variable, where=where),
        status=status,
        unsure=unsure,
    )


def _meaning(status: int) -> tuple[str, str]:
    if status < 400:
        return "moved", "check that its URL is that of the API, without a redirect"
    if status >= 500:
        return "failed", "look at the status page of {service}, then run the same command again"
    return _MEANING.get(status, ("failed", ""))


_VERDICT = {
    "moved": "is somewhere else",
    "refused": "refused the request",
    "key_refused": "does not accept the key",
    "needs_payment": "asks to be paid for this",
    "forbidden": "does not allow this to the key",
    "not_found": "knows nothing of that name",
    "conflict": "is busy with the same thing",
    "gone": "no longer has it",
    "rate_limited": "has had too many requests",
}


def without_answer(service: str, request: str, reason: str, *, host: str, unsure: bool) -> RequestFailed:
    """The error of a request that nobody answered: refused connections, broken ones, deadlines."""
    why = f"{request} at {host}: {reason}"
    if unsure:
        why += "\nIt was sent, so it may have been carried out."
    code = f"{slug(service)}_{'no_answer' if unsure else 'unreachable'}"
    fix = f"check the network, and that {host} can be reached; then run the same command again"
    if unsure:
        fix = "run the same command again: it looks first whether this was done"
    return RequestFailed(code, f"{service} did not answer.", why=why, fix=fix, unsure=unsure)


def unreadable(service: str, request: str, body: bytes) -> RequestFailed:
    """The error of an answer that is not what the API says: a proxy's page, half a document."""
    start = body[:120].decode("utf-8", "replace").strip()
    return RequestFailed(
        f"{slug(service)}_unreadable",
        f"{service} answered something that cannot be read.",
        why=f"{request} was answered: {start or '(nothing)'}",
        fix="check that its URL is that of the API, and that no proxy stands between",
    )


def slug(service: str) -> str:
    """What its codes begin with: render, github, vercel, registry."""
    return service.lower().split()[0]
