"""What runs in production: its services as render.yaml has them, and the variables that they are given.

A test holds this against render.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from smctl.project.config import Config
from smctl.rehearsal import stores
from smctl.rehearsal.credentials import Credentials
from smctl.rehearsal.places import Places
from smctl.rehearsal.settings import Settings

# Not plain /health: web has to become live before the first worker, and one that answers 503 for a minute
# because the worker is down would be restarted for it.
HEALTH_PATH = "/health?exclude=workers"
PRE_DEPLOY = "python manage.py prepare"
WORKER = "celery -A {name} worker --without-gossip --without-mingle --without-heartbeat --concurrency 2"


@dataclass(frozen=True)
class Wanted:
    """One service of the platform, as its record is made."""

    name: str
    kind: Literal["web", "worker"]
    env: dict[str, str] = field(repr=False)
    health_path: str = ""
    pre_deploy_command: str = ""
    command: str = ""


def services(places: Places, config: Config, settings: Settings, secrets: Credentials) -> Iterator[Wanted]:
    name = config.project.name
    both = {
        "DJANGO_SECRET_KEY": secrets.django_secret_key,
        "DJANGO_DEBUG": "False",
        "DJANGO_ALLOWED_HOSTS": f"{settings.host},127.0.0.1,localhost",
        "CORS_ALLOWED_ORIGINS": f"https://{name}.vercel.app",
        "SENTRY_DSN": "",
        **stores.addresses(places, config, secrets.postgres_password),
    }
    web = both | {"METRICS_TOKEN": secrets.metrics_token, "WEB_CONCURRENCY": "2"}
    yield Wanted(f"{name}-api", "web", web, health_path=HEALTH_PATH, pre_deploy_command=PRE_DEPLOY)
    yield Wanted(f"{name}-worker", "worker", both, command=WORKER.format(name=name))
