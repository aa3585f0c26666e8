"""PostgreSQL and Valkey of a rehearsal: the base images of the stack, each with a volume, named after it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any

from smctl.errors import NotHealthy
from smctl.project.config import Config
from smctl.project.files import private_dir
from smctl.rehearsal import engine
from smctl.rehearsal.places import Places
from smctl.stack import probes, role
from smctl.stack.docker import images
from smctl.stack.probes import Answer

DEADLINE = 60.0  # seconds until it accepts connections; a new database is set up first
ROLE_DEADLINE = 15.0
BACKUP_DEADLINE = 1800.0
DUMP = ("pg_dump", "-Fc", "-U", role.SUPERUSER)
PSQL = ("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-U", role.SUPERUSER, "-d", "postgres")
# As in the compose file: the images start as root to give their folder away, then step down.
STEPPING_DOWN = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"]
# Render's Key Value for a Celery broker: it may refuse to write, and never drops a task.
REDIS = ["redis-server", "--appendonly", "yes", "--maxmemory-policy", "noeviction", "--protected-mode", "no"]


def addresses(places: Places, config: Config, password: str) -> dict[str, str]:
    """DATABASE_URL and REDIS_URL as the containers of the rehearsal see them."""
    name = config.project.name
    return {
        "DATABASE_URL": f"postgresql://{name}:{password}@{places.container('db')}:5432/{name}",
        "REDIS_URL": f"redis://{places.container('redis')}:6379/0",
    }


def start(places: Places, config: Config, password: str) -> dict[str, int]:
    """Start both where they do not run, and return their ports on 127.0.0.1 once they accept connections.

    Raises NotHealthy (`store_failed`) with the last lines of one that does not.
    """
    base = images.base_images(config.stack)
    folder = images.database_folder(config.stack.postgres)
    _run(
        places,
        "db",
        base["db"],
        environment={"POSTGRES_PASSWORD": password},
        volumes={places.container("db", config.stack.postgres): {"bind": folder}},
        cap_add=STEPPING_DOWN,
        ports={"5432/tcp": ("127.0.0.1", None)},
        shm_size="256m",
    )
    _run(
        places,
        "redis",
        base["redis"],
        command=REDIS,
        user="redis",
        volumes={places.container("redis"): {"bind": "/data"}},
        ports={"6379/tcp": ("127.0.0.1", None)},
    )
    found = {
        "db": _ready(places, "db", 5432, probes.postgres),
        "redis": _ready(places, "redis", 6379, probes.redis),
    }
    _make_role(places, config.project.name, password)
    return found


def ports(places: Places) -> dict[str, int]:
    """Where both are on this machine; 0 for one that does not run."""
    return {
        "db": engine.published(places.container("db"), 5432),
        "redis": engine.published(places.container("redis"), 6379),
    }


def back_up(places: Places, name: str) -> str:
    """Dump the database `name` to a file of its own, and return where that is."""
    folder = private_dir(places.folder / "backups")
    file = folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}.dump"
    with file.open("wb") as out:
        subprocess.run(
            [shutil.which("docker") or "docker", "exec", places.container("db"), *DUMP, name],
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=BACKUP_DEADLINE,
            check=True,
        )
    return file.as_uri()


def _run(places: Places, service: str, image: str, **settings: Any) -> None:
    name = places.container(service)
    if engine.state(name).get("Running"):
        return
    with engine.client() as client:
        if engine.state(name):
            client.containers.get(name).start()
            return
        for volume in settings["volumes"]:
            client.volumes.create(volume, labels=places.labels(service=service))
        client.containers.run(
            image,
            detach=True,
            name=name,
            network=places.network,
            labels=places.labels(service=service, role="store"),
            **engine.HARDENED,
            **settings,
        )


def _ready(places: Places, service: str, port: int, probe: Callable[..., Answer]) -> int:
    name, deadline, wait = places.container(service), time.monotonic() + DEADLINE, 0.02
    while True:
        published = engine.published(name, port)
        answer = probe(published) if published else Answer(False, "it does not run")
        if answer.ok:
            return published
        if time.monotonic() > deadline or not published:
            raise NotHealthy(
                "store_failed",
                f"{service} of the rehearsal does not start: {answer.detail}.",
                why="\n".join(engine.last_lines(name, 15)),
                fix=f"docker logs {name}, or begin anew: smctl rehearse down --volumes",
            )
        time.sleep(wait)
        wait = min(wait * 1.5, 0.5)


def _make_role(places: Places, name: str, password: str) -> None:
    """The application's role, no superuser, with this password. On stdin: no process list shows it."""
    done = subprocess.run(
        [shutil.which("docker") or "docker", "exec", "-i", places.container("db"), *PSQL],
        input=role.ensured(name, password),
        capture_output=True,
        text=True,
        timeout=ROLE_DEADLINE,
    )
    if done.returncode != 0:
        raise NotHealthy(
            "store_failed",
            "The database of the rehearsal could not be made.",
            why=done.stderr.strip(),
            fix="smctl rehearse down --volumes, then smctl rehearse up",
        )
