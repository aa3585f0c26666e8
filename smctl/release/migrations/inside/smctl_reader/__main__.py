# mypy: disable-error-code="import-not-found,import-untyped", disallow-subclassing-any=False
"""A script that the backend's own Python runs in one of two trees; it knows Django and nothing of smctl.

    python -P -m smctl_reader SETTINGS older    what that code believes of its tables
    python -P -m smctl_reader SETTINGS newer    what `migrate` would do; stdin: what the older one has applied

Its working folder is the tree's backend. It prints one JSON document and never opens a database: the
migrations come from the files, what is applied from stdin. facts.py, two folders up, has the shapes.
"""

from __future__ import annotations

import json
import os
import sys

import django
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from .effects import described
from .history import (
    Key,
    Loader,
    applied_after,
    forwards,
    half_squashed,
    inconsistent,
    key_of,
    migrations,
    ways_back,
)
from .schema import Document, tables


def older() -> Document:
    return {"migrations": migrations(MigrationLoader(None)), "tables": tables(apps, managed=False)}


def newer(known: list[Key]) -> Document:
    on_disk = MigrationLoader(None)
    applied = applied_after(on_disk, known)
    loader = Loader(on_disk, applied)
    plan = forwards(loader)
    complete = applied | {key_of(item) for item in plan} | {key for item in plan for key in item.replaces}
    entries = described(loader, plan)
    for entry, migration in zip(entries, plan, strict=True):
        entry["ways_back"] = ways_back(on_disk, complete, migration)
    return {
        "migrations": migrations(on_disk),
        "apps": sorted(config.label for config in apps.get_app_configs()),
        "plan": entries,
        "inconsistent": inconsistent(loader),
        "half_squashed": half_squashed(loader),
    }


def main(settings: str, side: str) -> None:
    sys.path.insert(0, os.getcwd())
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    django.setup()
    # Whatever the project prints at its start is not ours.
    document = older() if side == "older" else newer([(app, name) for app, name in json.load(sys.stdin)])
    sys.stdout.write("\n" + json.dumps({"django": django.get_version(), **document}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
