"""Where the settings get their values from: the environment of the process, and nothing else.

`decouple.config` also looks for a .env or settings.ini in every folder above this one, so that a forgotten
file could change a result silently. What starts this project (Compose, Render, a shell) sets the variables.
"""

from decouple import Config, Csv, RepositoryEmpty
from django.core.exceptions import ImproperlyConfigured

VARIABLES = {
    "DJANGO_SECRET_KEY": "key that signs sessions and tokens; required unless DJANGO_DEBUG",
    "DJANGO_DEBUG": "true on a developer's machine only; default false",
    "DJANGO_ALLOWED_HOSTS": "host names this site answers to, separated by commas",
    "DJANGO_LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR; default INFO",
    "DJANGO_LOG_FORMAT": "json or line; default json, line with DJANGO_DEBUG",
    "DATABASE_URL": "postgres://user:password@host:port/name; required unless DJANGO_DEBUG",
    "TENANT_RLS": "whether PostgreSQL's row level security keeps businesses apart; default true",
    "REDIS_URL": "redis://:password@host:port/number; required unless DJANGO_DEBUG",
    "CORS_ALLOWED_ORIGINS": "origins of the frontend, with scheme, separated by commas",
    "CORS_ALLOWED_ORIGIN_REGEXES": "patterns of more origins (previews), separated by spaces",
    "METRICS_TOKEN": "what Prometheus sends as bearer token; there is no /metrics without it",
    "PROMETHEUS_MULTIPROC_DIR": "where web processes share their counts; gunicorn.conf.py sets it",
    "SENTRY_DSN": "where errors are reported; nothing is reported without it",
    "SENTRY_ENVIRONMENT": "default production, development with DJANGO_DEBUG",
    "RELEASE_SHA": "git commit this code was built from; default unknown",
    "DEMO_PASSWORD": "password of the demo users that seed_demo makes; no default",
    "WORKER_HEARTBEAT_TTL": "seconds until a silent worker counts as down; default 60, 1.6 with DJANGO_DEBUG",
    "CELERY_VISIBILITY_TIMEOUT": "seconds until an unacknowledged task is delivered again; default 180",
    "WEB_CONCURRENCY": "gunicorn workers; default 2",
    "WEB_THREADS": "threads in each gunicorn worker; default 4",
}
"""Every variable that the backend reads, and what it is for. A test holds this list against the code."""

config = Config(RepositoryEmpty())
csv = Csv()

DEBUG: bool = config("DJANGO_DEBUG", default=False, cast=bool)


def url(name: str, value: str, *, development: str) -> str:
    """Return the address in `value`; on a developer's machine, `development` where it is empty.

    Raises:
        ImproperlyConfigured: it is empty, and this is not a developer's machine.
    """
    if value or not DEBUG:
        if not value:
            raise ImproperlyConfigured(f"{name} is not set: {VARIABLES[name]}.")
        return value
    return development
