"""Our source as Python itself reads it, for tests about what may stand where."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.processes import BACKEND

FOLDERS = ("apps", "smartmarket")


def files() -> Iterator[tuple[str, ast.Module]]:
    """Yield the path below backend/ and the syntax tree of every module of ours but migrations."""
    for folder in FOLDERS:
        for path in sorted((BACKEND / folder).rglob("*.py")):
            if path.parent.name != "migrations":
                yield str(path.relative_to(BACKEND)), ast.parse(path.read_text())


def module(path: str) -> str:
    """Return the dotted name of the module in the file `path`."""
    return ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted name of everything that is imported, also inside functions and for annotations."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
