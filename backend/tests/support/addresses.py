"""Where the real servers are, and how to reach them through a proxy."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection


def postgres_address() -> tuple[str, int]:
    server = connection.settings_dict
    return server["HOST"] or "localhost", int(server["PORT"] or 5432)


def redis_address() -> tuple[str, int]:
    parts = urlsplit(settings.REDIS_URL)
    return parts.hostname or "localhost", parts.port or 6379


def redis_url(port: int) -> str:
    """Return REDIS_URL with 127.0.0.1:`port` in place of the server."""
    parts = urlsplit(settings.REDIS_URL)
    login = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{login}@127.0.0.1:{port}" if login else f"127.0.0.1:{port}").geturl()


def through(database_url: str, port: int) -> str:
    """Return the database's address with 127.0.0.1:`port` in place of the server."""
    parts = urlsplit(database_url)
    login = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{login}@127.0.0.1:{port}").geturl()
