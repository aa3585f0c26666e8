"""The durable half of a rollback: a commit that takes the bad ones out of the branch."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from smctl.errors import SmctlError
from smctl.project import git
from smctl.release.target import Target


def revert(root: Path, target: Target, *, good: str, bad: str, say: Callable[[str], None]) -> str:
    """Revert what came after `good` up to `bad`, on top of what the branch has on the remote, and push it.

    Returns the commit. Nobody's checkout is touched: it is made in a worktree of its own. Raises SmctlError
    where it does not apply, or the branch moved meanwhile.
    """
    git.run(root, "fetch", "--quiet", target.remote, target.branch)
    head = git.run(root, "rev-parse", "FETCH_HEAD")
    gone = git.run(root, "rev-list", "--first-parent", f"{good}..{bad}").split()
    with _worktree(root, head) as tree:
        for commit in gone:
            merge = (
                ["-m", "1"] if len(git.run(root, "rev-list", "-1", "--parents", commit).split()) > 2 else []
            )
            try:
                git.run(tree, "revert", "--no-commit", *merge, commit)
            except SmctlError as error:
                raise SmctlError(
                    "not_reverted",
                    f"{commit[:12]} cannot be reverted by itself: later commits change the same lines.",
                    why=error.why,
                    fix=f"git revert {' '.join(each[:12] for each in gone)}",
                ) from None
        git.run(tree, "commit", "--quiet", "--no-verify", "--allow-empty", "-m", _message(root, good, gone))
        made = git.run(tree, "rev-parse", "HEAD")
    git.run(root, "push", "--quiet", target.remote, f"{made}:refs/heads/{target.branch}", seconds=120)
    say(f"{made[:12]} on {target.branch}")
    return made


def _message(root: Path, good: str, gone: list[str]) -> str:
    """In the words of git revert."""
    subjects = [commit.subject for commit in git.commits(root, "--no-walk", *gone)]
    title = (
        f'Revert "{subjects[0]}"' if len(gone) == 1 else f"Revert {len(gone)} commits, back to {good[:12]}"
    )
    return "\n".join([title, "", *(f"This reverts commit {commit}." for commit in gone)])


@contextmanager
def _worktree(root: Path, commit: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="smctl-revert-") as folder:
        tree = Path(folder) / "tree"
        git.run(root, "worktree", "add", "--quiet", "--detach", str(tree), commit, seconds=60)
        try:
            yield tree
        finally:
            with suppress(SmctlError):
                git.run(root, "worktree", "remove", "--force", str(tree))
