"""Which other origins may call the API from a browser, with cookies."""

import re

from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured

from smartmarket.settings.environment import config, csv

ORIGIN = re.compile(r"https?://[a-z0-9.\[\]:-]+", re.IGNORECASE)

# A pattern ends in a domain of one's own. Below some domains anybody can have a name: there it ends in the
# name of one's own team, as Vercel's previews do (project-branch-TEAM.vercel.app).
OWN_DOMAIN = re.compile(r"https://.+(?<!\\)(?:\\\.[a-z0-9-]+){2,}")
SHARED_DOMAIN = re.compile(r".*\\\.(?:(?:vercel|netlify)\\\.app|onrender\\\.com|github\\\.io|pages\\\.dev)")
OWN_TEAM = re.compile(r"https://.+-[a-z0-9]+(?:-[a-z0-9]+)*\\\.[a-z]+\\\.[a-z]+")


def origins(values: list[str]) -> list[str]:
    """Return the origins as they are.

    Raises:
        ImproperlyConfigured: one of them is not scheme://host[:port]; "*" never is.
    """
    for value in values:
        if not ORIGIN.fullmatch(value):
            raise ImproperlyConfigured(
                f"CORS_ALLOWED_ORIGINS: {value!r} is no origin. One looks like https://shop.example.com"
            )
    return values


def origin_patterns(value: str) -> list[str]:
    """Return the patterns in `value`, which spaces separate, so that each matches whole origins only.

    Raises:
        ImproperlyConfigured: one of them would let in origins that anybody can have.
    """
    patterns = [pattern.removeprefix("^").removesuffix("$") for pattern in value.split()]
    for pattern in patterns:
        bounded = OWN_TEAM if SHARED_DOMAIN.fullmatch(pattern) else OWN_DOMAIN
        if not bounded.fullmatch(pattern) or "|" in pattern or not _is_regex(pattern):
            raise ImproperlyConfigured(
                f"CORS_ALLOWED_ORIGIN_REGEXES: {pattern!r} lets strangers in. Begin with https:// and end in "
                r"a domain of your own, every dot escaped: https://shop-[a-z0-9-]+-TEAM\.vercel\.app"
            )
    return [rf"^{pattern}\Z" for pattern in patterns]


def _is_regex(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


# The admin and its session are no business of another origin.
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOWED_ORIGINS = origins(config("CORS_ALLOWED_ORIGINS", default="", cast=csv))
CORS_ALLOWED_ORIGIN_REGEXES = origin_patterns(config("CORS_ALLOWED_ORIGIN_REGEXES", default=""))
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = [*default_headers, "idempotency-key", "x-request-id"]
CORS_EXPOSE_HEADERS = ["Idempotent-Replayed", "Retry-After", "X-Request-ID", "X-Release"]
