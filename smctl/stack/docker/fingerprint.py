"""Did anything change that the containers, or their image, were made from?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from smctl.project.project import Project
from smctl.stack.docker import compose
from smctl.stack.services import Stack


def of_stack(stack: Stack, compose_project: str) -> str:
    project = stack.project
    words = [compose_project, str(project.root), stack.release, *stack.services, of_image(project)]
    return _hash(
        [project.env_file, *compose.files(project)], [*words, json.dumps(dict(stack.ports), sort_keys=True)]
    )


def of_image(project: Project) -> str:
    """What the development image is built from; the code is mounted, not copied."""
    lock = project.backend / "requirements" / f"{project.config.stack.django}-dev.txt"
    return _hash([project.backend / "Dockerfile", lock, project.root / ".dockerignore"], [])


def _hash(files: Iterable[Path], words: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes() if path.is_file() else b""
        digest.update(b"%s %d\n" % (path.name.encode(), len(content)) + content)
    digest.update("\n".join(words).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
