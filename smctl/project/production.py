"""What production's parts are called and where they answer: render.yaml and who looks for them agree."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from smctl.project.config import Config

RENDER_DOMAIN = ".onrender.com"


@dataclass(frozen=True)
class Names:
    """Of the two services, the database and the queue on the platform. host: of production's address."""

    web: str
    worker: str
    database: str
    redis: str
    host: str


def names(config: Config) -> Names:
    """Render makes a web service's address of its name: where smctl.toml has one of those, that is it."""
    host = urlsplit(config.deploy.url).hostname or ""
    slug = config.project.name.replace("_", "-")
    return Names(
        web=host.removesuffix(RENDER_DOMAIN) if host.endswith(RENDER_DOMAIN) else f"{slug}-api",
        worker=f"{slug}-worker",
        database=f"{slug}-db",
        redis=f"{slug}-redis",
        host=host,
    )


def api(config: Config) -> str:
    """The address that the frontend is built with."""
    return config.deploy.url.rstrip("/") + "/api"


def worker_command(config: Config) -> str:
    """Celery, without the talk between workers that costs Redis a message a second."""
    return f"celery -A {config.project.name} worker --without-gossip --without-mingle --without-heartbeat"


def content_policy(config: Config) -> str:
    """What the frontend's pages may load and talk to: themselves, and production's API."""
    url = urlsplit(config.deploy.url)
    return "; ".join(
        (
            "default-src 'self'",
            f"connect-src 'self' {url.scheme}://{url.netloc}",
            "img-src 'self' data:",
            "style-src 'self' 'unsafe-inline'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    )
