"""Logs, the release that runs, error reports."""

from typing import Any

from smartmarket.settings.environment import config

RELEASE_SHA: str = config("RELEASE_SHA", default="unknown")
LOG_LEVEL: str = config("DJANGO_LOG_LEVEL", default="INFO", cast=str.upper)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "apps.core.request_id.RequestIdFilter"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": "line"},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Django gives its own logger handlers; without this every line would appear twice.
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # Scanners ask for any host; a traceback for each would be noise, and the 400 is logged as well.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

SENTRY_DSN: str = config("SENTRY_DSN", default="")

if SENTRY_DSN:
    # Imported here because it costs a third of a second, which only those who use it should pay.
    import sentry_sdk

    sentry_sdk.init(dsn=SENTRY_DSN, release=RELEASE_SHA, send_default_pii=False)
