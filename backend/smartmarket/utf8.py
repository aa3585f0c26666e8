"""Requests whose text is UTF-8, whatever charset they claim.

Django looks the charset of the Content-Type header up among all of Python's codecs and decodes the query
with it. One that is no text encoding, as `charset=zlib`, raises in there before any middleware runs, and
the server answers with a bare 500. What this site takes (JSON, and forms of its own pages) is UTF-8.
"""

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class _Utf8:
    @property
    def encoding(self) -> str:
        return "utf-8"

    @encoding.setter
    def encoding(self, claimed: str | None) -> None:
        """Leave it at that."""


class _WSGIRequest(_Utf8, WSGIRequest):  # type: ignore[misc]
    """Django's, but for the charset."""


class _ASGIRequest(_Utf8, ASGIRequest):  # type: ignore[misc]
    """Django's, but for the charset."""


class WSGIApplication(WSGIHandler):
    request_class = _WSGIRequest


class ASGIApplication(ASGIHandler):
    request_class = _ASGIRequest
