"""What `up` and `status` show of a stack, as the document scripts depend on and as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smctl.output import GREEN, RED, YELLOW, Output, table
from smctl.project.project import Project
from smctl.stack.services import ServiceState

DEMO_EMAIL = "demo@example.com"


def document(
    project: Project, engine: str, services: Sequence[ServiceState], login_password: str | None
) -> dict[str, Any]:
    """The JSON of `up` and `status`: add keys, never change these."""
    return {
        "project": project.config.project.name,
        "engine": engine,
        "healthy": is_healthy(services),
        "services": [service.as_document() for service in services],
        "urls": urls(services),
        "login": {"email": DEMO_EMAIL, "password": login_password} if login_password else None,
    }


def is_healthy(services: Sequence[ServiceState]) -> bool:
    return bool(services) and all(service.well for service in services)


def urls(services: Sequence[ServiceState]) -> dict[str, str | None]:
    """Where to go; None for what is not running."""
    ports = {service.name: service.port for service in services if service.state == "running"}
    web = f"http://localhost:{ports['web']}" if ports.get("web") else None
    frontend = f"http://localhost:{ports['frontend']}" if ports.get("frontend") else None
    paths = {
        "api": "/api/",
        "docs": "/api/docs/",
        "redoc": "/api/redoc/",
        "admin": "/admin/",
        "health": "/health",
    }
    return {name: web + path if web else None for name, path in paths.items()} | {"frontend": frontend}


def text(out: Output, project: Project, shown: dict[str, Any]) -> str:
    services = shown["services"]
    rows = [[_dot(out, item), item["name"], item["state"], _port(item), item["detail"]] for item in services]
    parts = [table(rows)]
    if shown["healthy"]:
        parts += [
            "",
            table(_where(project, shown)),
            "",
            "  stop: smctl down    logs: smctl logs -f    all: smctl --help",
        ]
    return "\n".join(parts)


def _where(project: Project, shown: dict[str, Any]) -> list[list[str]]:
    rows = [[name, url] for name, url in shown["urls"].items() if url]
    name = project.config.project.name
    ports = {item["name"]: item["port"] for item in shown["services"]}
    rows.append(["database", f"postgresql://{name}@localhost:{ports.get('db')}/{name}  (password: .env)"])
    if shown["login"]:
        rows.append(["login", f"{shown['login']['email']} / {shown['login']['password']}"])
    return rows


def _dot(out: Output, service: dict[str, Any]) -> str:
    color = {"ok": GREEN, "none": YELLOW, "starting": YELLOW, "failing": RED}[service["health"]]
    return out.paint("●", color)


def _port(service: dict[str, Any]) -> str:
    return f":{service['port']}" if service["port"] else ""
