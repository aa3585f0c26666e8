"""Which code's migrations the production database has: not always those of the code that is live.

A deploy migrates before it switches, and what it applied stays when the release fails or is rolled back. What
tells is a note on the git remote, set when a rollback reversed migrations, and every deploy since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smctl.release.ledger import Release
from smctl.release.refs import Found

SCHEMA = "refs/smctl/schema"

# Of these a deploy may not have come to its migrations.
NOT_MIGRATED = {"created", "queued", "build_in_progress", "build_failed", "pre_deploy_in_progress"}


def newest(
    releases: Sequence[Release], noted: Found | None, *, contains: Callable[[str, str], bool]
) -> list[str]:
    """The commits whose migrations the database may have, without those that are part of another of them.

    releases: newest first. noted: what a rollback left. contains(newer, older): whether one has the other.
    """
    since = noted.note.at if noted else None
    shas = [
        release.sha
        for release in releases
        if release.sha
        and release.web.status not in NOT_MIGRATED
        and release.web.trigger != "rollback"
        and (since is None or release.web.created_at > since)
    ]
    if noted:
        shas.append(noted.note.sha)
    each = list(dict.fromkeys(shas))
    return [sha for sha in each if not any(other != sha and contains(other, sha) for other in each)]
