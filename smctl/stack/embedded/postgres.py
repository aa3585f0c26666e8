"""PostgreSQL's part of the plan: its files, its role and database, its server. Pure functions, no effects."""

from __future__ import annotations

from pathlib import Path

from smctl.stack import role
from smctl.stack.embedded.places import Places
from smctl.stack.embedded.spec import Service, Task, digest
from smctl.stack.services import Stack


def tasks(stack: Stack, places: Places, binaries: Path) -> list[Task]:
    """In the order in which they are done. binaries: the folder of PostgreSQL's programs."""
    return [
        _cluster(places, binaries),
        _role(stack, places, binaries),
        _database(stack, places, binaries),
    ]


def server(stack: Stack, places: Places, binaries: Path) -> Service:
    port = stack.ports["db"]
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": f'"{places.run}"',
        "unix_socket_permissions": "0700",
        "max_connections": "60",
    }
    argv = [str(binaries / "postgres"), "-D", str(places.postgres_data)]
    for key, value in settings.items():
        argv += ["-c", f"{key}={value}"]
    return Service(
        "db",
        argv,
        cwd=str(places.state),
        needs=["role"],
        probe="postgres",
        probe_port=port,
        port=port,
        stop_signal="SIGINT",
        stop_after=["web", "worker"],
        nobody=True,
    )


def _cluster(places: Places, binaries: Path) -> Task:
    made, final = f"{places.postgres_data}.new", str(places.postgres_data)
    argv = [
        *(str(binaries / "initdb"), "--pgdata", made, "--username", role.SUPERUSER),
        # Without a password it logs in over the socket alone.
        *("--auth-host=scram-sha-256", "--auth-local=trust"),
        # The C locale sorts by bytes, as every platform can; --no-sync because a half-made cluster is made
        # again.
        *("--encoding=UTF8", "--locale=C", "--wal-segsize=1", "--no-sync"),
    ]
    return Task("cluster", argv, cwd=str(places.state), replaces=[made, final], nobody=True)


def _role(stack: Stack, places: Places, binaries: Path) -> Task:
    """The role is there before the server first accepts: `prepare` waits for that moment, and takes a role
    that is missing for a wrong password.
    """
    argv = [str(binaries / "postgres"), "--single", "-D", str(places.postgres_data)]
    return Task(
        "role",
        # A statement that fails, because a kill came after it, is not to be logged: it has the password.
        [*argv, "-c", "log_min_error_statement=panic", "postgres"],
        cwd=str(places.state),
        needs=["cluster"],
        stdin=role.created(stack.project.config.project.name, stack.env["POSTGRES_PASSWORD"]),
        done_file=str(places.postgres_data / "smctl-role"),
        done_key="made",
        nobody=True,
    )


def _database(stack: Stack, places: Places, binaries: Path) -> Task:
    """The database exists and its role has the password of .env, set over the socket, where none is
    needed.
    """
    sql = role.ensured(stack.project.config.project.name, stack.env["POSTGRES_PASSWORD"])
    argv = [str(binaries / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    argv += ["-h", str(places.run), "-p", str(stack.ports["db"]), "-U", role.SUPERUSER, "-d", "postgres"]
    return Task(
        "database",
        argv,
        cwd=str(places.state),
        needs=["db"],
        stdin=sql,
        done_file=str(places.postgres_data / "smctl-database"),
        done_key=digest([sql.encode()]),
    )
