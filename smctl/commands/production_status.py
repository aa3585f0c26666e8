"""What `smctl status --production` shows: what each service runs, lock, hold, and what /health says."""

from __future__ import annotations

from typing import Any

from smctl.commands.invocation import Invocation
from smctl.commands.production import Production, side_by_side
from smctl.errors import NotHealthy
from smctl.output import GREEN, RED, table
from smctl.release.model import Deploy, Service
from smctl.release.refs import HOLD, LOCK, Found
from smctl.stack import probes


def show(call: Invocation) -> int:
    """Exit status 3 where /health is not 200, or web and worker run different commits."""
    production = Production(call)
    pair = production.pair()
    (health, services), lock, hold, *deploys = side_by_side(
        lambda: probes.health(production.target.url, deadline=10.0),
        lambda: production.refs.find(LOCK),
        lambda: production.refs.find(HOLD),
        *(
            (lambda service=service: production.render.deploys(service.id, limit=20))
            for service in pair.services
        ),
    )
    runs = [_runs(service, found) for service, found in zip(pair.services, deploys)]
    healthy = health.status == 200 and len({each["sha"] for each in runs}) == 1
    document = {
        "url": production.target.url,
        "healthy": healthy,
        "http_status": health.status or None,
        "release": health.release or None,
        "checks": services,
        "services": runs,
        "lock": _note(lock),
        "hold": _note(hold),
    }
    call.out.data(document, _text(call, document, health.detail))
    return 0 if healthy else NotHealthy.exit_status


def _runs(service: Service, deploys: list[Deploy]) -> dict[str, Any]:
    live = next((deploy for deploy in deploys if deploy.status == "live"), None)
    going = next((deploy for deploy in deploys if not deploy.ended), None)
    return {
        "name": service.name,
        "kind": service.kind,
        "sha": live.sha if live else "",
        "suspended": service.suspended,
        "under_way": {"sha": going.sha, "status": going.status} if going else None,
    }


def _note(found: Found | None) -> str | None:
    return str(found.note) if found else None


def _text(call: Invocation, document: dict[str, Any], detail: str) -> str:
    color = GREEN if document["healthy"] else RED
    rows = [
        [
            service["name"],
            service["sha"][:12] or "nothing",
            "suspended" if service["suspended"] else "",
            (
                f"{service['under_way']['status']} {service['under_way']['sha'][:12]}"
                if service["under_way"]
                else ""
            ),
        ]
        for service in document["services"]
    ]
    said = f"{document['url']}  /health {detail}, release {(document['release'] or 'unknown')[:12]}"
    notes = [f"  {name}: {document[name]}" for name in ("lock", "hold") if document[name]]
    return "\n".join([f"{call.out.paint('●', color)} {said}", table(rows), *notes])
