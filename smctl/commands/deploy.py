from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

from smctl.commands import deploying as looking
from smctl.commands.invocation import Invocation
from smctl.commands.production import Production
from smctl.commands.releasing import LOCK, LOCKING, Told, carried_out, locking, show_findings, show_steps
from smctl.errors import RemoteFailed, WrongUse
from smctl.release import deploying, following, preflight, refs, steps, verifying
from smctl.release.refs import HOLD
from smctl.release.steps import Act, Journal, Step

if TYPE_CHECKING:
    import typer

PUSH, WORKFLOW, LIFT = "push", "workflow", "lift hold"


def deploy(
    ctx: typer.Context,
    sha: Annotated[str, typer.Argument(help="The commit; HEAD where none is named.", metavar="[SHA]")] = "",
    via: Annotated[
        str,
        typer.Option(
            help="push: push it, and follow the workflow that builds and deploys it. "
            "api: deploy the image that is in the registry. Default: push; in a workflow, api."
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")
    ] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Push, and do not follow the workflow.")] = False,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Leave what is not committed here.")
    ] = False,
    lift_hold: Annotated[
        bool, typer.Option("--lift-hold", help="What a rollback held may go out again.")
    ] = False,
    lock_wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for somebody else's lock.")] = 0,
    break_lock: Annotated[bool, typer.Option("--break-lock", help="Take the lock, whoever has it.")] = False,
    risk_migrations: Annotated[
        bool,
        typer.Option("--risk-migrations", help="Although the live release cannot work on the new schema."),
    ] = False,
) -> int:
    """Bring a commit to production. Live is what production itself says is; else what was live is put back.

    Example: smctl deploy --dry-run
    """
    call: Invocation = ctx.obj
    production = Production(call)
    wanted = looking.Wanted(
        sha=production.commit(sha),
        via=_via(via, no_wait=no_wait),
        allow_dirty=allow_dirty,
        lift_hold=lift_hold,
        break_lock=break_lock,
        lock_wait=lock_wait,
        risk_migrations=risk_migrations,
    )
    looked = looking.look(call.project, production, wanted)
    show_findings(call.out, looked.findings)
    told = Told(production.target, wanted.sha, findings=looked.findings)
    todo, acts = _work(production, wanted, looked, wait=not no_wait)
    if dry_run:
        show_steps(call.out, todo)
        call.out.data(told.document("planned", steps.planned(todo)), "")
        preflight.refuse(looked.findings, "deploy")
        return 0
    preflight.refuse(looked.findings, "deploy")
    return carried_out(call.out, told, lambda journal: _do(production, wanted, looked, todo, acts, journal))


def _via(typed: str, *, no_wait: bool) -> str:
    via = typed or ("api" if os.environ.get("GITHUB_ACTIONS") else "push")
    if via not in ("push", "api"):
        raise WrongUse("usage", f"--via {via} is neither push nor api.", fix="smctl deploy --help")
    if via == "api" and no_wait:
        raise WrongUse(
            "usage", "--no-wait is for --via push: nobody else would see a deploy through.", fix=""
        )
    return via


def _work(
    production: Production, wanted: looking.Wanted, looked: looking.Looked, *, wait: bool
) -> tuple[tuple[Step, ...], dict[str, Act]]:
    """The steps, and what each does; those of a deploy by API have theirs in smctl/release/deploying.py."""
    target, sha = production.target, wanted.sha
    lift = (Step(LIFT, "commits that a rollback held may be deployed again"),) if wanted.lift_hold else ()
    acts: dict[str, Act] = {LIFT: lambda say: _lift(production.refs)}
    if wanted.via == "api":
        assert looked.seen, "asked for, or look has raised"
        return (LOCKING, *lift, *deploying.plan(target, sha, looked.seen.pair, looked.good).steps), acts
    acts[PUSH] = lambda say: following.push(production.root, target, sha)
    todo = [*lift, Step(PUSH, f"{sha[:12]} to {target.branch} on {target.remote}")]
    github = production.github
    if wait and github:
        todo.append(Step(WORKFLOW, f"of {github.repository}: checks, image, deploy"))
        acts[WORKFLOW] = lambda say: following.follow(github, sha, say)
    if wait:
        todo.append(Step(deploying.VERIFY, f"{target.url}/health is 200 with release {sha[:12]}"))
        acts[deploying.VERIFY] = lambda say: verifying.verify(target.url, sha, say)
    return tuple(todo), acts


def _do(
    production: Production,
    wanted: looking.Wanted,
    looked: looking.Looked,
    todo: tuple[Step, ...],
    acts: dict[str, Act],
    journal: Journal,
) -> Any:
    if wanted.via == "push":
        journal.carry_out(todo, acts)
        return
    assert looked.seen
    plan = deploying.plan(production.target, wanted.sha, looked.seen.pair, looked.good)
    with ExitStack() as held:
        acts[LOCK] = locking(held, production.refs, refs.note(wanted.sha, "deploys"), wanted)
        journal.carry_out(tuple(step for step in todo if step.name in (LOCK, LIFT)), acts)
        deploying.carry_out(production.render, plan, journal)


def _lift(notes: refs.Refs) -> None:
    found = notes.find(HOLD)
    if found and not notes.remove(HOLD, found.commit):
        raise RemoteFailed("hold_changed", "Somebody else has just set another hold.", fix="smctl deploy")
