"""What the API reads: JSON of a bounded size and depth, and nothing that is not JSON."""

import json
import re
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from rest_framework import parsers, status
from rest_framework.exceptions import APIException, ParseError

SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than this API reads."
    default_code = "too_large"


class JSONParser(parsers.JSONParser):
    """REST framework's, which would read a body of any size and fall over one that is nested too deep."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        context = dict(parser_context or {})
        # Refused before it has come; REST framework has made sure that the length is a number.
        if int(context["request"].META["CONTENT_LENGTH"]) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        body = stream.read()
        try:
            # JSON is UTF-8 (RFC 8259), and not what the header says: `charset=zlib` would be a bomb.
            parsed = super().parse(BytesIO(body), media_type, {**context, "encoding": "utf-8"})
            if SURROGATE.search(body):
                _refuse_half_characters(parsed)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deep.") from error
        return parsed


def _refuse_half_characters(parsed: Any) -> None:
    """Refuse half of a character, such as "\\ud83d" alone: it is no text, and has no UTF-8."""
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ParseError("A \\u escape stands for half of a character.") from error
