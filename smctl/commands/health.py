from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Annotated, Any

from smctl.commands import naming
from smctl.commands.invocation import Invocation
from smctl.errors import NotHealthy
from smctl.output import GREEN, RED, Output, seconds
from smctl.release import target
from smctl.stack import current, probes

if TYPE_CHECKING:
    import typer

EVERY = 1.0  # seconds between two questions of --watch
PATIENCE = 3.0  # seconds; /health itself answers within 2


def health(
    ctx: typer.Context,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep asking, a line each time; Ctrl-C ends it.")
    ] = False,
    production: Annotated[
        bool, typer.Option("--production", help="Of production, not of the stack.")
    ] = False,
    url: Annotated[str, typer.Option(metavar="URL", help="Of whatever answers there.")] = "",
) -> int:
    """Ask /health. Exit status 3 if anything is not well.

    Example: smctl health --json
    """
    call: Invocation = ctx.obj
    url = url or _url(call, production=production)
    shown = _ask(url)
    if not watch:
        call.out.data(shown, _text(call.out, shown))
        return 0 if shown["status"] == "ok" else NotHealthy.exit_status
    try:
        while True:
            call.out.line(
                json.dumps(shown)
                if call.out.as_json
                else f"{time.strftime('%H:%M:%S')}  {_text(call.out, shown)}"
            )
            time.sleep(EVERY)
            shown = _ask(url)
    except KeyboardInterrupt:
        return 0


def _url(call: Invocation, *, production: bool) -> str:
    if production:
        return target.of(call.project.config.deploy, os.environ).url
    naming.existing_engine(call.project)
    return f"http://127.0.0.1:{current.ports(call.project)['web']}"


def _ask(url: str) -> dict[str, Any]:
    began = time.perf_counter()
    answer, services = probes.health(url, deadline=PATIENCE)
    return {
        "status": "ok" if answer.status == 200 else "down",
        "services": {name: services.get(name, "unknown") for name in ("db", "redis", "workers")},
        "http_status": answer.status or None,
        "seconds": round(time.perf_counter() - began, 4),
        "release": answer.release or None,
        "detail": answer.detail,
    }


def _text(out: Output, shown: dict[str, Any]) -> str:
    status = out.paint(shown["status"], GREEN if shown["status"] == "ok" else RED)
    services = "  ".join(f"{name} {state}" for name, state in shown["services"].items())
    return f"{status}  {services}  ({shown['detail']}, {seconds(shown['seconds'])})"
