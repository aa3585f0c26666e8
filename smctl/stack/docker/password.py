"""The password in .env has to be the one that the database knows.

A volume keeps the password it was made with: by plain `docker compose up` before there was a .env, or under
an .env that was deleted since. The image trusts whoever is inside the container, so it can be set anew there,
by the superuser; which also mends a database whose making was interrupted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess

from smctl.errors import NotHealthy
from smctl.stack import role
from smctl.stack.docker import api, containers
from smctl.stack.docker.api import ApiError
from smctl.stack.docker.containers import Container

DEADLINE = 15.0
PSQL = ("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-U", role.SUPERUSER, "-d", "postgres")


def mark(database: Container) -> str:
    """A hash of the volume's birth, of the password it is to have and of who is to have it: while it stays,
    nothing needs doing.
    """
    described = containers.inspect(database.id)
    volumes = [mount["Name"] for mount in described["Mounts"] if mount["Type"] == "volume"]
    born = [api.get(f"/volumes/{volume}")["CreatedAt"] for volume in volumes]
    has = containers.environment(database.id)
    wanted = [has.get(name, "") for name in ("PGUSER", "POSTGRES_USER", "POSTGRES_PASSWORD")]
    return hashlib.sha256("\0".join([*volumes, *born, *wanted]).encode()).hexdigest()


def volume_exists(name: str) -> bool:
    try:
        api.get(f"/volumes/{name}")
    except ApiError as error:
        if error.status != 404:
            raise
        return False
    return True


def make_known(database: Container, name: str) -> None:
    """Give the role `name` the password that its container, and so web's, has in the environment.

    Raises NotHealthy (`password_not_set`) with the server's words.
    """
    done = subprocess.run(
        [shutil.which("docker") or "docker", "exec", "-i", database.id, *PSQL],
        input=role.ensured(name, containers.environment(database.id)["POSTGRES_PASSWORD"]),
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    if done.returncode != 0:
        fix = "put the old POSTGRES_PASSWORD back into .env, or begin anew: smctl down --volumes"
        raise NotHealthy(
            "password_not_set",
            "The database does not take the password in .env.",
            why=done.stderr.strip(),
            fix=role.BEGIN_ANEW if role.NO_SUPERUSER in done.stderr else fix,
        )
