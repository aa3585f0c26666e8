"""Where the templates are: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import smctl

SUFFIX = ".j2"


def folder() -> Path:
    package = Path(smctl.__file__).resolve().parent
    packaged = package / "_data" / "templates"
    return packaged if packaged.is_dir() else package.parent / "templates"


def names() -> list[str]:
    """Every template, as its path below the folder; without the suffix it is that of the file it makes."""
    root = folder()
    return sorted(path.relative_to(root).as_posix() for path in root.rglob(f"*{SUFFIX}"))
