"""How a refresh token travels: in a cookie that no script can read, or in the body. Never both.

A browser gets the cookie, which is the default; a client that has a safe place of its own asks for the body.
Where a token came from is where its successor goes, so a script that got into the page cannot turn the cookie
into something that it can read.
"""

from typing import Literal
from urllib.parse import urlsplit

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.db.models import TextChoices
from django.http import HttpResponse
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.settings import api_settings

from apps.auth.sessions import Tokens

COOKIE = "refresh_token"
PATH = "/api/auth/"


class Transport(TextChoices):
    COOKIE = "cookie", "In an HttpOnly cookie, for browsers"
    BODY = "body", "In the body, for other clients"


class ForeignOrigin(PermissionDenied):
    default_code = "foreign_origin"
    default_detail = "The cookie counts only on a page of this site or of its frontend."


# What decides which pages may read an answer also decides which may use the cookie.
CORS = CorsMiddleware(lambda request: HttpResponse())


def answer(tokens: Tokens, transport: str, *, status: int = 200) -> Response:
    """Return the response with the tokens, the refresh token where the client wants it."""
    body = {"access": tokens.access}
    if transport == Transport.BODY:
        body["refresh"] = tokens.refresh
    response = Response(body, status=status, headers={"Cache-Control": "no-store"})
    if transport == Transport.COOKIE:
        _set_cookie(response, tokens.refresh)
    return response


def presented(request: Request, in_body: str | None) -> tuple[str, Transport]:
    """Return the refresh token that the request came with, and how; an empty one if there is none.

    Raises:
        ForeignOrigin: it is in the cookie, and the page that sent it is not one of ours.
    """
    if in_body is not None:
        return in_body, Transport.BODY
    _refuse_foreign(request)
    return request.COOKIES.get(COOKIE, ""), Transport.COOKIE


def forget_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, path=PATH, samesite=_same_site())


def _set_cookie(response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=api_settings.REFRESH_TOKEN_LIFETIME,
        path=PATH,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite=_same_site(),
    )


def _same_site() -> Literal["None", "Lax"]:
    """The frontend lives on another site, so its requests carry the cookie only with None.

    Browsers take that with Secure only. On a developer's machine there is no HTTPS, and the frontend's server
    passes /api/ on, so both are one site.
    """
    return "None" if settings.SESSION_COOKIE_SECURE else "Lax"


def _refuse_foreign(request: Request) -> None:
    """Ask whether the request was made by a page of ours.

    With SameSite=None the browser adds the cookie to what any page on the web makes it send (CSRF), and a
    POST without a body needs no preflight: a stranger's page could log people out, or use up their tokens. It
    cannot choose the Origin header, which every browser adds to a POST. Login and signup read no cookie, and
    take application/json only, which no page sends elsewhere without a preflight that CORS refuses.
    """
    origin = request.headers.get("Origin", "")
    if origin != f"{request.scheme}://{request.get_host()}" and not _is_allowed(origin):
        raise ForeignOrigin


def _is_allowed(origin: str) -> bool:
    try:
        return CORS.origin_found_in_white_lists(origin, urlsplit(origin))
    except ValueError:
        return False
