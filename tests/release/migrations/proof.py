"""The proof of a table of pairs: the older code's own test, against the schema of the newer code."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from smctl.errors import SmctlError
from smctl.project.project import Project
from smctl.release.migrations import Judgement, judging, reading, trees
from smctl.release.migrations.facts import Newer, Older
from smctl.release.migrations.reading import Reading
from smctl.stack.embedded import environment
from tests.release.migrations import proof_project
from tests.release.migrations.pairs.pair import IMPOSSIBLE, Pair
from tests.release.migrations.server import Server

PROVE = Path(__file__).with_name("prove.py")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
Errors = Mapping[str, str]


@dataclass(frozen=True)
class Proof:
    """By the name of the pair: the judgement, and the error (empty where it passed) of the older code's test
    before (own), with the newer schema (newer), after the reversal (after); of the reversal itself (back); of
    what shows the caution, before and with the newer schema.
    """

    judgements: Mapping[str, Judgement]
    own: Errors
    newer: Errors
    back: Errors
    after: Errors
    caution_before: Errors
    caution: Errors


def prove(root: Path, pairs: Iterable[Pair], server: Server, environments: Path, *, django: str) -> Proof:
    """All pairs in one project and one database, an app each, so that it takes a process a step.

    environments: the folder with that of this Django.
    """
    pairs = list(pairs)
    project, older = _written(root, pairs, environments, django)
    judgements = _judgements(project, pairs, older)
    database = server.database(f"proof_{django.replace('.', '_')}")
    python = environment.folder(project) / "bin" / "python"

    def run(backend: Path, *jobs: list[Any]) -> list[Any]:
        return jobs_done(python, backend, database, *jobs)

    uses = {pair.name: pair.use for pair in pairs}
    cautions = {pair.name: pair.caution for pair in pairs if pair.caution}
    before = run(
        root / "older" / "backend",
        ["migrate"],
        ["keep", {pair.name: pair.rows for pair in pairs}],
        ["run", uses],
        ["run", cautions],
    )
    assert not any(before[1].values()), before[1]
    run(project.backend, ["migrate"])
    on_newer = run(root / "older" / "backend", ["run", uses], ["run", cautions])
    (back,) = run(project.backend, ["back_alone", {pair.name: _targets(pair, judgements) for pair in pairs}])
    (after,) = run(root / "older" / "backend", ["run", uses])
    return Proof(judgements, before[2], on_newer[0], back, after, before[3], on_newer[1])


def _written(
    root: Path, pairs: list[Pair], environments: Path, django: str
) -> tuple[Project, tuple[str, str]]:
    """The project as the newer version has it, its older version in root/older, and the two commits."""
    project = Project(root / "newer")
    proof_project.write(project.root, pairs, django=django, python=PYTHON)
    link(project, environments)
    names = [pair.name for pair in pairs if not pair.older]
    python = environment.folder(project) / "bin" / "python"
    jobs_done(python, project.backend, {}, ["make", names])
    older = proof_project.commit(project.root, "older")
    shutil.copytree(project.backend, root / "older" / "backend")
    for pair in pairs:
        proof_project.write_newer(project.backend, pair)
    return project, (older, proof_project.commit(project.root, "newer"))


def link(project: Project, environments: Path) -> None:
    """Use environments that another project with the same locks has."""
    project.state_dir.mkdir(exist_ok=True)
    (project.state_dir / "env").symlink_to(environments)


def jobs_done(python: Path, backend: Path, database: Mapping[str, str], *jobs: list[Any]) -> list[Any]:
    """What came of jobs for prove.py, in one version of the project."""
    done = subprocess.run(
        [str(python), "-P", str(PROVE)],
        cwd=backend,
        env=variables(database),
        input=json.dumps(jobs),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers: list[Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answers


def variables(database: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "DJANGO_DEBUG": "true", "PYTHONUTF8": "1", **database}


def _judgements(project: Project, pairs: list[Pair], commits: tuple[str, str]) -> dict[str, Judgement]:
    """Both trees are read once, and each app is judged by itself."""
    try:
        with trees.checked_out(project, commits) as (older, newer):
            found = reading.read(project, older, newer, on_line=print)
    except SmctlError as error:
        pytest.fail(f"{error.message} {error.why}")
    return {pair.name: _judged(found, pair.name, commits) for pair in pairs}


def _judged(found: Reading, app: str, commits: tuple[str, str]) -> Judgement:
    own = f"{app}."
    older = Older(
        {key: item for key, item in found.older.migrations.items() if key.startswith(own)}, found.older.tables
    )
    newer: Newer = replace(
        found.newer,
        migrations={key: item for key, item in found.newer.migrations.items() if key.startswith(own)},
        plan=tuple(item for item in found.newer.plan if item.key.startswith(own)),
    )
    return judging.judge(older, newer, commits=commits)


def _targets(pair: Pair, judgements: Mapping[str, Judgement]) -> list[str]:
    """Of the printed plan; where it is impossible, of the plan that somebody might try all the same."""
    if pair.verdict == IMPOSSIBLE:
        return ["0001_initial"]
    return targets(pair.name, judgements[pair.name])


def targets(app: str, judgement: Judgement) -> list[str]:
    """The targets of the printed commands, which are all of this app."""
    beginning = f"python manage.py migrate {app} "
    assert all(command.startswith(beginning) for command in judgement.reversal), judgement.reversal
    return [command.removeprefix(beginning) for command in judgement.reversal]
