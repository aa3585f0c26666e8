"""The bare repository that stands where GitHub's would. A push to its branch starts the workflow."""

from __future__ import annotations

import shlex
import sys

from smctl.project import git
from smctl.project.files import write_atomic
from smctl.project.project import Project
from smctl.rehearsal.places import Places

PUSHING = 120.0  # seconds

# The hook runs after the push was taken; what it prints is shown to who pushed.
HOOK = """\
#!/bin/sh
# Made by `smctl rehearse up`: tells the rehearsal what was pushed, as GitHub would tell its runners.
exec env -u GIT_DIR {python} -P -m smctl.rehearsal.pushed {root}
"""


def make(places: Places, project: Project) -> None:
    """Make it where there is none, with what GitHub's has; the hook is written anew each time."""
    branch = project.config.deploy.branch
    if not (places.origin / "HEAD").exists():
        git.run(places.folder, "init", "--bare", "--quiet", f"--initial-branch={branch}", str(places.origin))
        git.run(places.origin, "config", "receive.shallowUpdate", "true")
        if start := _start(project):
            where = f"{start}:refs/heads/{branch}"
            git.run(
                project.root, "push", "--quiet", "--no-verify", str(places.origin), where, seconds=PUSHING
            )
    hook = HOOK.format(python=shlex.quote(sys.executable), root=shlex.quote(str(project.root)))
    write_atomic(places.origin / "hooks" / "post-receive", hook, mode=0o700)


def _start(project: Project) -> str:
    """What the real remote has of the branch (where there is none, what the branch is here), as long as what
    is checked out has more; else the commit before that one, so that there is something to deploy by a push.
    Empty where that is the very first.
    """
    branch = project.config.deploy.branch
    names = (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}", "HEAD")
    published = next(found[0] for name in names if (found := git.matching(project.root, name)))
    if not git.is_ancestor(project.root, "HEAD", published):
        return published
    return next(iter(git.matching(project.root, "HEAD^")), "")
