"""The password in .env has to be the one that the database knows.

A volume keeps the password it was made with: by plain `docker compose up` before there was a .env, or under
an .env that was deleted since. The image trusts whoever is inside the container, so it can be set anew there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess

from smctl.errors import NotHealthy
from smctl.stack.docker import api, containers
from smctl.stack.docker.api import ApiError
from smctl.stack.docker.containers import Container

DEADLINE = 15.0


def mark(database: Container) -> str:
    """A hash of the volume's birth and of the password it is to have: while it stays, nothing needs doing."""
    described = containers.inspect(database.id)
    volumes = [mount["Name"] for mount in described["Mounts"] if mount["Type"] == "volume"]
    born = [api.get(f"/volumes/{volume}")["CreatedAt"] for volume in volumes]
    password = containers.environment(database.id).get("POSTGRES_PASSWORD", "")
    return hashlib.sha256("\0".join([*volumes, *born, password]).encode()).hexdigest()


def volume_exists(name: str) -> bool:
    try:
        api.get(f"/volumes/{name}")
    except ApiError as error:
        if error.status != 404:
            raise
        return False
    return True


def make_known(database: Container) -> None:
    """Give the database's user the password that its container, and so web's, has in the environment.

    Raises NotHealthy (`password_not_set`) with the server's words.
    """
    has = containers.environment(database.id)
    role, password = has["POSTGRES_USER"], has["POSTGRES_PASSWORD"]
    statement = f"ALTER ROLE {_quoted(role, chr(34))} PASSWORD {_quoted(password, chr(39))};"
    done = subprocess.run(
        [
            shutil.which("docker") or "docker",
            "exec",
            "-i",
            database.id,
            "psql",
            "-qX",
            "-v",
            "ON_ERROR_STOP=1",
        ]
        + ["-U", role, "-d", has["POSTGRES_DB"]],
        input=f"SET standard_conforming_strings = on;\n{statement}\n",
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    if done.returncode != 0:
        raise NotHealthy(
            "password_not_set",
            "The database does not take the password in .env.",
            why=done.stderr.strip(),
            fix="put the old POSTGRES_PASSWORD back into .env, or begin anew: smctl down --volumes",
        )


def _quoted(text: str, quote: str) -> str:
    return quote + text.replace(quote, quote * 2) + quote
