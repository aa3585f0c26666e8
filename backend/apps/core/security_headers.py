"""What a browser may do with a response: load nothing, unless the response is a page of ours that needs it.

Django has headers for the rest (security middleware, X-Frame-Options); its own Content-Security-Policy comes
with 6.0.
"""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core.error_pages import API_PREFIX

NOTHING = "default-src 'none'; frame-ancestors 'none'"
ADMIN = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Swagger UI has its icons in data: URLs; ReDoc searches in a worker that it makes from a blob.
DOCS = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; connect-src 'self'; worker-src blob:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
DOCS_VIEWS = frozenset({"docs", "redoc"})

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class SecurityHeadersMiddleware:
    """Sets Content-Security-Policy and Permissions-Policy, and lets nobody keep an answer of the API.

    A page of the documentation has `request.csp_nonce` for its inline scripts and styles.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        nonce = secrets.token_urlsafe(16)
        setattr(request, "csp_nonce", nonce)
        response = self.get_response(request)
        if not _is_debug_page(response):
            response.headers["Content-Security-Policy"] = _policy(request).format(nonce=nonce)
        response.headers["Permissions-Policy"] = PERMISSIONS
        # The pages of drf-spectacular ask for less, for logins in another window, which there are none of.
        response.headers["Cross-Origin-Opener-Policy"] = settings.SECURE_CROSS_ORIGIN_OPENER_POLICY
        if request.path_info.startswith(API_PREFIX):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _policy(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return NOTHING
    if match.view_name in DOCS_VIEWS:
        return DOCS
    return ADMIN if match.namespace == "admin" else NOTHING


def _is_debug_page(response: HttpResponseBase) -> bool:
    """Django's pages about an error, which only a developer sees, are made of inline scripts and styles."""
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    return settings.DEBUG and is_page and response.status_code in (404, 500)
