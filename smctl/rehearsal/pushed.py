"""The hook of origin.git: tell the rehearsal which commit the branch is at now.

    python -m smctl.rehearsal.pushed ROOT < "OLD NEW REF" lines

A push has succeeded by then, so whatever happens here is said and changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from smctl.output import write_stdout
from smctl.project.project import Project
from smctl.rehearsal import client, settings
from smctl.rehearsal.places import Places

GONE = "0" * 40


def main(root: str, updates: Iterable[str]) -> int:
    places = Places.of(Project(Path(root)))
    started = settings.load(places)
    for update in updates:
        _, sha, ref = update.split()
        if started is None or ref != f"refs/heads/{started.branch}" or sha == GONE:
            continue
        answer = client.ask(places, {"do": "pushed", "sha": sha})
        words = f"workflow started for {sha[:12]}" if answer else "no workflow runs: smctl rehearse up"
        write_stdout(f"rehearsal: {words}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.stdin))
