"""From a stack to what the supervisor runs: pure functions, no effects."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from smctl.stack.embedded import postgres
from smctl.stack.embedded.node import Node
from smctl.stack.embedded.places import Places
from smctl.stack.embedded.spec import Service, Specification, Task, digest
from smctl.stack.services import Connection, Stack


@dataclass(frozen=True)
class Programs:
    """Where the programs are. postgres: its folder of binaries. environment: the backend's. node: None
    without a frontend.
    """

    postgres: Path
    valkey: Path
    environment: Path
    node: Node | None


def specification(stack: Stack, places: Places, programs: Programs) -> Specification:
    services = [postgres.server(stack, places, programs.postgres), _redis(stack, places, programs)]
    services += [_web(stack, programs), _worker(stack, programs)]
    tasks = [
        *postgres.tasks(stack, places, programs.postgres),
        _prepare(stack, places, programs),
    ]
    if programs.node:
        services.append(_frontend(stack, programs.node))
        tasks.append(_packages(stack, programs.node))
    return Specification(tasks, services)


def connection(stack: Stack) -> Connection:
    name = stack.project.config.project.name
    password = quote(stack.env.get("POSTGRES_PASSWORD", ""), safe="")
    return Connection(
        database_url=stack.env.get("DATABASE_URL")
        or f"postgresql://{name}:{password}@127.0.0.1:{stack.ports['db']}/{name}",
        redis_url=stack.env.get("REDIS_URL") or f"redis://127.0.0.1:{stack.ports['redis']}/0",
    )


def backend_environment(stack: Stack, environment: Path) -> dict[str, str]:
    """What Django and Celery are told; also the environment of `smctl run`."""
    urls = connection(stack)
    return {
        **stack.env,
        "DATABASE_URL": urls.database_url,
        "REDIS_URL": urls.redis_url,
        "TENANT_RLS": _tenant_rls(stack),
        "RELEASE_SHA": stack.release,
        "WEB_CONCURRENCY": "1",
        "WEB_THREADS": "4",
        "PYTHONUNBUFFERED": "1",
        "VIRTUAL_ENV": str(environment),
    }


def _tenant_rls(stack: Stack) -> str:
    """On unless .env says otherwise; an empty value there is none, as in docker-compose.yml."""
    return stack.env.get("TENANT_RLS") or "True"


def _prepare(stack: Stack, places: Places, programs: Programs) -> Task:
    """Migrate and seed. It waits for the database itself, so that Django is loaded by the time that is
    there.
    """
    backend, users = stack.project.backend, stack.project.config.dev.seed_users
    migrations = sorted(backend.glob("apps/*/migrations/*.py"))
    argv = [str(programs.environment / "bin" / "python"), "manage.py", "prepare"]
    return Task(
        "prepare",
        [*argv, "--seed-users", str(users), "--wait-db", "120"],
        cwd=str(backend),
        env=backend_environment(stack, programs.environment),
        done_file=str(places.postgres_data / "smctl-prepared"),
        done_key=digest(
            [
                *(path.name.encode() + path.read_bytes() for path in migrations),
                f"{users} {programs.environment.name} {stack.env.get('DEMO_PASSWORD', '')}".encode(),
                f"{connection(stack).database_url} {_tenant_rls(stack)}".encode(),
            ]
        ),
        seconds=1800,
    )


def _packages(stack: Stack, node: Node) -> Task:
    frontend = stack.project.frontend
    return Task(
        "npm",
        [str(node.program), str(node.npm), "ci", "--prefer-offline", "--no-audit", "--no-fund"],
        cwd=str(frontend),
        env=node_environment(node),
        done_file=str(frontend / "node_modules" / ".smctl-lock"),
        done_key=digest([(frontend / "package-lock.json").read_bytes()]),
        seconds=900,
    )


def _redis(stack: Stack, places: Places, programs: Programs) -> Service:
    port = stack.ports["redis"]
    argv = [
        str(programs.valkey),
        "--bind",
        "127.0.0.1",
        "--port",
        str(port),
        "--save",
        "",
        "--appendonly",
        "yes",
    ]
    return Service(
        "redis",
        argv,
        cwd=str(places.redis_data),
        probe="redis",
        probe_port=port,
        port=port,
        stop_after=["web", "worker"],
    )


def _web(stack: Stack, programs: Programs) -> Service:
    package, port = stack.project.config.project.name, stack.ports["web"]
    argv = [str(programs.environment / "bin" / "python"), "-m", "gunicorn", f"{package}.wsgi"]
    return Service(
        "web",
        [*argv, "-c", "gunicorn.conf.py", "-b", "fd://{fd}"],
        cwd=str(stack.project.backend),
        env=backend_environment(stack, programs.environment),
        needs=["prepare"],
        probe="web",
        probe_port=port,
        port=port,
        listen=port,
        on_edit="hup",
        watch=_source(stack),
    )


def _worker(stack: Stack, programs: Programs) -> Service:
    package = stack.project.config.project.name
    argv = [str(programs.environment / "bin" / "python"), "-m", "celery", "-A", package, "worker"]
    named = ["--hostname={incarnation}@%h"]
    return Service(
        "worker",
        # Mingle and gossip are talk between workers, and there is one; they cost a second at every start.
        [*argv, "--concurrency=1", "--without-gossip", "--without-mingle", "--without-heartbeat", *named],
        cwd=str(stack.project.backend),
        env=backend_environment(stack, programs.environment),
        needs=["prepare"],
        probe="worker",
        probe_port=stack.ports["redis"],
        on_edit="restart",
        watch=_source(stack),
    )


def _frontend(stack: Stack, node: Node) -> Service:
    port = stack.ports["frontend"]
    argv = [str(node.program), "node_modules/vite/bin/vite.js", "--host", "127.0.0.1", "--port", str(port)]
    return Service(
        "frontend",
        [*argv, "--strictPort"],
        cwd=str(stack.project.frontend),
        env=node_environment(node) | {"API_PROXY_TARGET": f"http://127.0.0.1:{stack.ports['web']}"},
        needs=["npm"],
        probe="frontend",
        probe_port=port,
        port=port,
    )


def _source(stack: Stack) -> list[str]:
    backend = stack.project.backend
    return [str(backend / "apps"), str(backend / stack.project.config.project.name)]


def node_environment(node: Node) -> dict[str, str]:
    return {"PATH": f"{node.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
