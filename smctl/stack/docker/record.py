"""`.smctl/docker.json`: what is remembered of this folder's stack on Docker."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from smctl.project.files import read_json, write_json
from smctl.project.project import Project
from smctl.stack.state import ensure_state_dir


@dataclass(frozen=True)
class Record:
    """compose_project: the name on the daemon. root: the folder that this was written in.

    fingerprint: of everything the running containers were made from; containers: compose's own hash of each.
    image_inputs: hash of what the image was built from. password_mark: hash of the database's volume and the
    password that is known to work in it.
    """

    compose_project: str = ""
    root: str = ""
    fingerprint: str = ""
    image_inputs: str = ""
    password_mark: str = ""
    containers: dict[str, str] = field(default_factory=dict)


def load(project: Project) -> Record:
    """An empty record where there is none, or where it came with a copy of a folder that is still there."""
    record = load_as_written(project)
    return Record() if record.root != str(project.root) and _is_copy(record) else record


def load_as_written(project: Project) -> Record:
    document = read_json(project.state_dir / "docker.json")
    known = {item.name for item in dataclasses.fields(Record)}
    return Record(**{key: value for key, value in document.items() if key in known})


def save(project: Project, record: Record) -> None:
    write_json(ensure_state_dir(project) / "docker.json", dataclasses.asdict(record))


def forget(project: Project) -> None:
    (project.state_dir / "docker.json").unlink(missing_ok=True)


def _is_copy(record: Record) -> bool:
    return bool(record.root) and Path(record.root, ".smctl", "docker.json").is_file()
