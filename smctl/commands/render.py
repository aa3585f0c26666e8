from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from smctl.commands.invocation import Invocation
from smctl.errors import WrongUse
from smctl.output import Output
from smctl.scaffold import drift, rendering
from smctl.scaffold.drift import Compared

if TYPE_CHECKING:
    import typer

WORDS = {
    "same": "unchanged",
    "missing": "written, it was missing",
    "differs": "written",
    "yours": "yours, left alone: it has no marker line",
}
CHECKED = WORDS | {"missing": "missing", "differs": "differs from what smctl.toml gives"}


def render(
    ctx: typer.Context,
    files: Annotated[list[str] | None, typer.Argument(help="Only these; all where none is named.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a file differs.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, and write nothing.")] = False,
) -> int:
    """Write the generated files from smctl.toml: docker-compose.yml, backend/Dockerfile and the others.

    A file without the marker in its first lines is yours: it is named, and left alone.

    Example: smctl render --check
    """
    call: Invocation = ctx.obj
    project = call.project
    compared = drift.compare(project.root, rendering.render(project.config))
    compared = _chosen(compared, files or [], project.root)
    writing = not (check or diff)
    if writing:
        drift.write(project.root, compared)
    call.out.data(
        _document(compared, writing=writing), _text(compared, CHECKED if check else WORDS, diff=diff)
    )
    return _verdict(call.out, compared) if check else 0


def _chosen(compared: list[Compared], files: list[str], root: Path) -> list[Compared]:
    by_path = {file.path: file for file in compared}
    return [by_path[_known(name, root, list(by_path))] for name in files] if files else compared


def _known(name: str, root: Path, known: list[str]) -> str:
    """A generated file's path below the root, as typed or seen from where the person stands."""
    here = Path(name).resolve()
    path = here.relative_to(root).as_posix() if here.is_relative_to(root) else name
    for candidate in (path, Path(name).as_posix()):
        if candidate in known:
            return candidate
    nearest = difflib.get_close_matches(name, known, n=1)
    raise WrongUse(
        "not_generated",
        f"{name} is not a file that smctl generates.",
        why=f"generated: {', '.join(known)}",
        fix=f'did you mean "{nearest[0]}"?' if nearest else "smctl render",
    )


def _document(compared: list[Compared], *, writing: bool) -> dict[str, object]:
    """written: this call wrote the file. drift: something differs and was left so."""
    return {
        "files": [
            {"path": file.path, "status": file.status, "written": writing and file.drifted}
            for file in compared
        ],
        "drift": not writing and any(file.drifted for file in compared),
    }


def _text(compared: list[Compared], words: dict[str, str], *, diff: bool) -> str:
    if diff:
        return "".join(file.diff() for file in compared if file.drifted).rstrip("\n")
    width = max(len(file.path) for file in compared)
    return "\n".join(f"{file.path:<{width}}  {words[file.status]}" for file in compared)


def _verdict(out: Output, compared: list[Compared]) -> int:
    drifted = [file.path for file in compared if file.drifted]
    if drifted:
        out.progress(f"Not what smctl.toml gives: {', '.join(drifted)}. → smctl render")
    return 1 if drifted else 0
