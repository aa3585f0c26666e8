"""A request that is sent again, because its answer got lost, does its work once.

The header is that of draft-ietf-httpapi-idempotency-key-header-07. Its value there is a quoted string; most
clients send the key without quotes, which means the same here. Unlike in the draft, a repeat that arrives
while the first request still runs is not refused: it waits, and gets the first one's answer.
"""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.request import Request

HEADER: Final = "Idempotency-Key"
REPLAYED_HEADER: Final = "Idempotent-Replayed"
LONGEST_KEY: Final = 80

BARE = re.compile(r"[!#-~][!-~]*")
# RFC 8941, section 3.3.3, without the space.
QUOTED = re.compile(r'"((?:[!#-\[\]-~]|\\["\\])+)"')
ESCAPED = re.compile(r'\\(["\\])')

PARAMETER = OpenApiParameter(
    HEADER,
    location=OpenApiParameter.HEADER,
    description=(
        "A name for this request that the client makes up: 1 to 80 visible ASCII characters, in quotes or "
        f"not. A repeat gets the first one's result, with the header `{REPLAYED_HEADER}: true`. A refused "
        "request leaves its key free."
    ),
)


class KeyReused(APIException):
    """The key came with one request before, and now comes with another."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = (
        "This Idempotency-Key came with another request before. Make a new key for a new request."
    )
    default_code = "idempotency_key_reused"


@dataclass(frozen=True)
class Attempt:
    """One of the times a request is sent. digest: SHA-256 of its body, which tells a repeat from another."""

    key: str
    digest: str


def attempt(request: Request) -> Attempt | None:
    """Return what the client calls this request, or None if it does not say.

    Raises:
        ValidationError: the key is empty, too long, or has other than visible ASCII characters.
    """
    sent = request.headers.get(HEADER)
    return None if sent is None else Attempt(_key(sent.strip()), _digest(request.data))


def _key(sent: str) -> str:
    quoted = QUOTED.fullmatch(sent)
    key = ESCAPED.sub(r"\1", quoted[1]) if quoted else sent
    if not (quoted or BARE.fullmatch(sent)) or len(key) > LONGEST_KEY:
        raise ValidationError({HEADER: [f"1 to {LONGEST_KEY} visible ASCII characters."]})
    return key


def _digest(body: object) -> str:
    """Return the digest of what the body says; spaces and the order of its fields say nothing."""
    try:
        canonical = json.dumps(body, sort_keys=True)
    except RecursionError as error:
        raise ParseError("The JSON is nested too deep.") from error
    return sha256(canonical.encode()).hexdigest()
