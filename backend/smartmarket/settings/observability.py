"""Logs, metrics, the release that runs, error reports."""

import logging
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from smartmarket.settings.environment import DEBUG, config

RELEASE_SHA: str = config("RELEASE_SHA", default="unknown")

FORMATTERS = {
    "json": {"()": "apps.core.log_format.JsonFormatter"},
    "line": {"()": "apps.core.log_format.LineFormatter"},
}


def log_format(name: str) -> str:
    """Return the name of the formatter to use.

    Raises:
        ImproperlyConfigured: there is none of that name.
    """
    if name not in FORMATTERS:
        raise ImproperlyConfigured(f"DJANGO_LOG_FORMAT is {' or '.join(FORMATTERS)}, not {name!r}.")
    return name


LOG_LEVEL: str = config("DJANGO_LOG_LEVEL", default="INFO", cast=str.upper)
LOG_FORMAT = log_format(config("DJANGO_LOG_FORMAT", default="") or ("line" if DEBUG else "json"))

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": FORMATTERS,
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Django gives its own logger handlers; without this every line would appear twice.
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # Scanners ask for any host; a traceback for each would be noise, and the 400 is logged as well.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
# What reads JSON reads all of it: a warning of Python's becomes a line like any other.
logging.captureWarnings(LOG_FORMAT == "json")

METRICS_TOKEN: str = config("METRICS_TOKEN", default="")
METRICS_FOLDER: str = config("PROMETHEUS_MULTIPROC_DIR", default="")

SENTRY_DSN: str = config("SENTRY_DSN", default="")
SENTRY_ENVIRONMENT: str = config("SENTRY_ENVIRONMENT", default="") or (
    "development" if DEBUG else "production"
)

if SENTRY_DSN:
    from apps.core.error_reports import start

    start(dsn=SENTRY_DSN, release=RELEASE_SHA, environment=SENTRY_ENVIRONMENT)
