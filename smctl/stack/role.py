"""The application's database role, on both engines: it owns its database and is no superuser.

Row Level Security does not hold for a superuser, so one that the application were would hide every mistake.
CREATEDB, because the backend's tests make databases of their own.
"""

from __future__ import annotations

SUPERUSER = "postgres"
# Files from before there was this role: their superuser is the application itself.
NO_SUPERUSER = f'role "{SUPERUSER}" does not exist'
BEGIN_ANEW = "these files were made by an older smctl; begin anew: smctl down --volumes"
ATTRIBUTES = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION CREATEDB"


def created(name: str, password: str) -> str:
    """One statement on one line, for a cluster that does not have the role yet."""
    return f'CREATE ROLE "{name}" {ATTRIBUTES} PASSWORD {_literal(password)};\n'


def ensured(name: str, password: str) -> str:
    """What psql does as superuser, any number of times: role, password and database are there as they should
    be, and the superuser has no password, so that nobody logs in as it over a network.
    """
    return (
        f"SELECT 'CREATE ROLE \"{name}\"' WHERE NOT EXISTS "
        f"(SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec\n"
        f'ALTER ROLE "{name}" {ATTRIBUTES} PASSWORD {_literal(password)};\n'
        f"SELECT 'CREATE DATABASE \"{name}\"' WHERE NOT EXISTS "
        f"(SELECT FROM pg_database WHERE datname = '{name}') \\gexec\n"
        f'ALTER DATABASE "{name}" OWNER TO "{name}";\n'
        f'ALTER ROLE "{SUPERUSER}" PASSWORD NULL;\n'
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
