"""What is looked at before anything moves. Each check is one finding; a refusal stops the deploy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from smctl.errors import Refused, SmctlError
from smctl.output import plural
from smctl.project import git
from smctl.release import refs
from smctl.release.migrations import Judgement, Verdict, text
from smctl.release.refs import Found
from smctl.release.remotes.values import Database
from smctl.release.target import Target

SHOWN = 5  # commits, files
# What the backend does not start without (backend/*/settings/environment.py), or answers nobody without.
REQUIRED = ("DJANGO_SECRET_KEY", "DATABASE_URL", "REDIS_URL", "DJANGO_ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS")


@dataclass(frozen=True)
class Finding:
    """name: short and stable. text: what was found. fix: the one command that helps."""

    name: str
    status: Literal["ok", "warn", "refuse"]
    text: str
    fix: str = ""

    def as_document(self) -> dict[str, str]:
        return {"name": self.name, "status": self.status, "text": self.text, "fix": self.fix}


class Check(Protocol):
    """One that a commit passed or did not; conclusion: empty while it runs."""

    @property
    def name(self) -> str: ...
    @property
    def conclusion(self) -> str: ...


class RemoteImage(Protocol):
    @property
    def revision(self) -> str: ...


def refuse(findings: Iterable[Finding], what: str) -> None:
    """Raises Refused with every reason, and the fix of the first, where there is one."""
    reasons = [finding for finding in findings if finding.status == "refuse"]
    if reasons:
        raise Refused(
            reasons[0].name + "_refused" if len(reasons) == 1 else "refused",
            f"The {what} was refused; nothing was changed.",
            why="\n".join(f"{finding.name}: {finding.text}" for finding in reasons),
            fix=reasons[0].fix,
        )


def commits(root: Path, live: str, sha: str) -> Finding:
    """What goes out with this commit that is not live yet."""
    subject = git.commits(root, sha, most=1)[0].subject
    if not live:
        return Finding("commits", "ok", f"{sha[:12]} “{subject}”; nothing of ours is live yet")
    if live == sha:
        return Finding("commits", "ok", f"{sha[:12]} “{subject}”, which is live already")
    if not git.matching(root, live):
        return Finding(
            "commits", "warn", f"{sha[:12]} “{subject}”; live is {live[:12]}, unknown here", "git fetch"
        )
    going = git.commits(root, f"{live}..{sha}", most=1000)
    if not git.is_ancestor(root, live, sha):
        text = f"{sha[:12]} “{subject}” does not contain what is live, {live[:12]}"
        return Finding("commits", "warn", text, "smctl rollback, if you want to go back")
    lines = [f"{commit.sha[:12]} {commit.subject} ({commit.author})" for commit in going[:SHOWN]]
    more = [f"and {len(going) - SHOWN} more"] if len(going) > SHOWN else []
    return Finding(
        "commits", "ok", "\n".join([f"{plural(len(going), 'commit')} since {live[:12]}", *lines, *more])
    )


def tree(root: Path, *, dirty_is_fine: bool) -> Finding:
    """What is not committed does not go out; that is worth a stop, unless it is meant."""
    changed = git.changes(root)
    if not changed:
        return Finding("tree", "ok", "clean")
    text = (
        f"{plural(len(changed), 'change')} not committed, which will not go out: {', '.join(_names(changed))}"
    )
    return Finding(
        "tree", "warn" if dirty_is_fine else "refuse", text, "git commit, or smctl deploy --allow-dirty"
    )


def branch(root: Path, sha: str, target: Target) -> Finding:
    """Whether a push of this commit would be taken: it must hold all that the branch has."""
    try:
        listed = git.run(root, "ls-remote", target.remote, f"refs/heads/{target.branch}").split()
    except SmctlError as error:
        return Finding(
            "branch", "refuse", f"{error.message} {error.why}".strip(), f"git ls-remote {target.remote}"
        )
    there = listed[0] if listed else ""
    if not there or there == sha:
        return Finding(
            "branch", "ok", f"{target.branch} on {target.remote} {'is there already' if there else 'is new'}"
        )
    if git.is_ancestor(root, there, sha):
        return Finding("branch", "ok", f"{target.branch} on {target.remote} moves from {there[:12]}")
    if git.is_ancestor(root, sha, there):
        text = f"{target.branch} on {target.remote} is further, at {there[:12]}"
        return Finding("branch", "refuse", text, f"smctl deploy --via api {sha[:12]}, or git pull")
    text = f"{target.branch} on {target.remote} is at {there[:12]}, which is not part of {sha[:12]}"
    return Finding("branch", "refuse", text, f"git pull --rebase {target.remote} {target.branch}")


def checks(found: Sequence[Check] | None) -> Finding:
    """found: None where nobody can be asked."""
    if found is None:
        return Finding("checks", "warn", "not known without GITHUB_TOKEN", "export GITHUB_TOKEN=…")
    bad = [
        each.name
        for each in found
        if each.conclusion in ("failure", "timed_out", "cancelled", "action_required")
    ]
    if bad:
        return Finding("checks", "refuse", f"failed: {', '.join(bad)}", "mend them; smctl ci runs them here")
    going = [each.name for each in found if not each.conclusion]
    if going:
        return Finding(
            "checks", "refuse", f"still running: {', '.join(going)}", "wait for them: gh run watch"
        )
    if not found:
        return Finding("checks", "warn", "none ran for this commit", "smctl ci runs them here")
    return Finding("checks", "ok", f"{plural(len(found), 'check')} passed")


def image(name: str, sha: str, found: RemoteImage | None) -> Finding:
    """It has to be there, and to have been built from this commit by its own label."""
    if found is None:
        return Finding(
            "image", "refuse", f"{name} is not in the registry", "smctl deploy --via push builds it"
        )
    if found.revision != sha:
        text = f"{name} says that it was built from {found.revision or 'no commit'}"
        return Finding("image", "refuse", text, "build it again from that commit: smctl deploy --via push")
    return Finding("image", "ok", f"{name}, built from this commit")


def variables(services: Mapping[str, Iterable[str]]) -> Finding:
    """services: the names of the variables that each has."""
    lacking = {name: [key for key in REQUIRED if key not in set(keys)] for name, keys in services.items()}
    lines = [f"{name} lacks {', '.join(keys)}" for name, keys in lacking.items() if keys]
    if lines:
        return Finding("variables", "refuse", "; ".join(lines), "smctl secrets set NAME")
    return Finding("variables", "ok", f"all {len(REQUIRED)} that it needs are there")


def migrations(judged: Judgement, *, risked: bool) -> Finding:
    """What is live serves beside the new code for a minute, and again if that does not come up."""
    count = plural(len(judged.migrations), "migration")
    told = "\n".join(text.lines(judged))
    if judged.verdict is Verdict.HARMLESS:
        said = f"{count}, harmless to what is live\n{told}" if judged.migrations else "none"
        return Finding("migrations", "ok", said)
    said = f"{count}, with which what is live cannot work\n{told}"
    fix = "deploy it in two steps (backend/README.md, Change the schema), or --risk-migrations"
    return Finding("migrations", "warn" if risked else "refuse", said, fix)


def reversal(judged: Judgement, migrated: Sequence[str], *, live: str, reverser: str) -> Finding:
    """Of a rollback: what the older code needs of the schema. migrated: the commits whose migrations the
    database has. reverser: the one whose code can reverse them, which has to be live for that.
    """
    told = "\n".join(text.lines(judged))
    if len(migrated) > 1:
        several = ", ".join(sha[:12] for sha in migrated)
        said = f"the database has migrations of several lines of history: {several}"
        return Finding("migrations", "refuse", said, "deploy a commit that has all of them first")
    if judged.reversal and reverser != live:
        said = f"some have to be reversed, which the code of {reverser[:12]} can, and it is not live\n{told}"
        return Finding("migrations", "refuse", said, f"smctl deploy --via api --lift-hold {reverser[:12]}")
    if judged.verdict is Verdict.IMPOSSIBLE:
        return Finding(
            "migrations", "refuse", f"the older code cannot work again\n{told}", judged.way_through
        )
    if judged.reversal:
        return Finding("migrations", "warn", f"some have to be reversed\n{told}")
    return Finding("migrations", "ok", f"the older code works on this schema\n{told}")


def backup(databases: Sequence[Database]) -> Finding:
    """Of what is about to be changed in a way that loses data."""
    fix = "make a backup by hand, then smctl rollback --no-backup"
    if len(databases) != 1:
        return Finding("backup", "refuse", f"there are {len(databases)} databases, so which one?", fix)
    if databases[0].plan == "free":
        return Finding("backup", "refuse", f"{databases[0].name} is on the free plan, which has none", fix)
    return Finding("backup", "ok", f"{databases[0].name} gets one first")


def frontend(deployment: str | None, sha: str) -> Finding:
    if deployment:
        return Finding("frontend", "ok", f"{deployment} was built from {sha[:12]}")
    return Finding("frontend", "warn", f"none was built from {sha[:12]}, so it stays as it is")


def lock(found: Found | None, *, mine: bool = False) -> Finding:
    """mine: it will be waited for, or taken."""
    if found is None or mine:
        return Finding("lock", "ok", "free")
    stale = found.note.age > refs.STALE_AFTER
    return Finding(
        "lock",
        "refuse",
        str(found.note),
        "smctl deploy --break-lock, if nobody deploys" if stale else "smctl deploy --lock-wait 600",
    )


def hold(found: Found | None, sha: str, *, lifted: bool, contains: Callable[[str, str], bool]) -> Finding:
    """A hold is on a commit that a rollback took away, and so on everything that contains it."""
    if found is None:
        return Finding("hold", "ok", "none")
    if found.note.sha and not contains(found.note.sha, sha):
        return Finding("hold", "ok", f"on {found.note.sha[:12]}, which is not part of this")
    if lifted:
        return Finding("hold", "warn", f"lifted: {found.note}")
    return Finding(
        "hold", "refuse", str(found.note), "smctl deploy --lift-hold, once what was wrong is mended"
    )


def _names(changed: Sequence[str]) -> list[str]:
    names = [line[3:] for line in changed[:SHOWN]]
    return [*names, "…"] if len(changed) > SHOWN else names
