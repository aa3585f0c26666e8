"""The images a stack is made of, and where PostgreSQL keeps its files in them."""

from __future__ import annotations

from smctl.project.config import StackTable


def base_images(stack: StackTable) -> dict[str, str]:
    """The official images, by the service that runs on them; the worker runs on web's."""
    return {
        "web": f"python:{stack.python}-slim-bookworm",
        "db": f"postgres:{stack.postgres}-bookworm",
        "redis": f"redis:{stack.redis}-bookworm",
        "frontend": f"node:{stack.node}-bookworm-slim",
    }


def database_volume(postgres: str) -> str:
    """A volume for each major version: a server never meets the files of another."""
    return f"db-{postgres}"


def database_folder(postgres: str) -> str:
    """Where the volume is mounted. From 18 on the image has a folder for each major below this one.

    The official image's documentation, "PGDATA".
    """
    return "/var/lib/postgresql" if int(postgres) >= 18 else "/var/lib/postgresql/data"
