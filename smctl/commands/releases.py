from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from smctl.commands.invocation import Invocation
from smctl.commands.production import Production
from smctl.output import GREEN, Output, table
from smctl.release import refs
from smctl.release.ledger import Release

if TYPE_CHECKING:
    import typer


def releases(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, max=100, help="How many, newest first.")] = 20,
) -> int:
    """What went to production and when, and what is live now.

    Example: smctl releases --json
    """
    call: Invocation = ctx.obj
    production = Production(call)
    found = production.see().releases[:limit]
    subjects = production.subjects(found)
    shown = [release.as_document() | {"subject": subjects.get(release.sha, "")} for release in found]
    call.out.data({"releases": shown}, _text(call.out, found, subjects))
    return 0


def _text(out: Output, found: list[Release], subjects: dict[str, str]) -> str:
    if not found:
        return "Nothing was deployed yet. → smctl deploy"
    return table([_row(out, release, subjects) for release in found])


def _row(out: Output, release: Release, subjects: dict[str, Any]) -> list[str]:
    mark = out.paint("●", GREEN) if release.live else " "
    status = release.web.status if release.whole or not release.web.succeeded else "web only"
    sha = release.sha[:12] or release.web.image.rpartition("/")[2]
    return [
        mark,
        sha,
        status,
        refs.ago(release.web.created_at),
        release.web.trigger,
        subjects.get(release.sha, ""),
    ]
