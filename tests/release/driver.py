"""A deploy in a process of its own, to be killed: python -m tests.release.driver ROOT URL SHA."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from smctl.release import deploying, ledger, refs, rollout, verifying
from smctl.release.refs import Refs
from smctl.release.remotes.render import Render
from smctl.release.steps import Journal
from smctl.release.target import Target
from tests.release.stage import REPOSITORY


def main(root: str, url: str, sha: str) -> None:
    rollout.POLL = rollout.SLOWEST_POLL = 0.02
    verifying.EVERY = 0.02
    target = Target("render", REPOSITORY, url, "origin", "main")
    render = Render.from_environment(os.environ)
    pair = ledger.pair(render.services(), REPOSITORY)
    worker = render.deploys(pair.worker.id) if pair.worker else None
    good = ledger.live(ledger.releases(render.deploys(pair.web.id), worker))
    journal = Journal(lambda progress: print(progress.name, progress.state, progress.text, flush=True))
    mine = refs.note(sha, "deploys")
    with refs.locked(Refs(Path(root), target.remote), mine, wait=0, take_over=False, on_wait=print):
        deploying.carry_out(render, deploying.plan(target, sha, pair, good), journal)
    print("live", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
