"""PostgreSQL and Redis. Everything here that waits has a deadline."""

from typing import Any

import dj_database_url

from smartmarket.settings.environment import config, url

DATABASE_URL = url(
    "DATABASE_URL", config("DATABASE_URL", default=""), development="postgres://localhost:5432/smartmarket"
)
REDIS_URL = url("REDIS_URL", config("REDIS_URL", default=""), development="redis://localhost:6379/0")

# Whether PostgreSQL itself keeps the businesses apart; see apps.core.tenancy.row_security.
TENANT_RLS: bool = config("TENANT_RLS", default=True, cast=bool)

CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT_MS = 15_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000


def database(address: str) -> dict[str, Any]:
    """Return Django's description of the database at `address`; what the address says itself wins."""
    parsed: dict[str, Any] = dict(
        dj_database_url.parse(
            address, engine="smartmarket.database", conn_max_age=60, conn_health_checks=True
        )
    )
    session = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS}"
    )
    defaults = {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "application_name": "smartmarket",
        "options": session,
    }
    return {**parsed, "OPTIONS": {**defaults, **parsed.get("OPTIONS", {})}}


DATABASES = {"default": database(DATABASE_URL)}

CACHES = {
    "default": {
        "BACKEND": "apps.core.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"socket_connect_timeout": 1.0, "socket_timeout": 1.0},
    }
}
