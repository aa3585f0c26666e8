"""Where two histories do not fit, or several apps hang together: each on a database of its own."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smctl.errors import Refused
from smctl.project.project import Project
from smctl.release.migrations import Judgement, Verdict, between, lines
from smctl.stack.embedded import environment
from tests.release.migrations import proof, proof_project
from tests.release.migrations.pairs.columns import add
from tests.release.migrations.pairs.history import INITIAL, NOTE, SIZE, THING
from tests.release.migrations.pairs.pair import CRUD, ROWS, Pair, Step, harmless
from tests.release.migrations.proof import PYTHON, jobs_done, link
from tests.release.migrations.server import Server

SHOP = harmless("shop", {}, models=THING, older={"0001_initial": INITIAL, "0002_note": NOTE})
STORE = harmless("store", {}, older={"0001_initial": INITIAL})
RENAME = 'migrations.RenameField("thing", "name", "title")'


@dataclass(frozen=True)
class World:
    """A project with two apps at its older commit, and a database that it has migrated and written to."""

    project: Project
    older: str
    backend: Path
    python: Path
    database: dict[str, str]

    def newer(self, *pairs: Pair, settings: str = "") -> str:
        """A commit on top of the older one, left checked out."""
        for pair in pairs:
            if pair.name not in ("shop", "store"):
                proof_project.write_app(self.project.backend, pair)
            proof_project.write_newer(self.project.backend, pair)
        if settings:
            with open(self.project.backend / "proof" / "settings.py", "a", encoding="utf-8") as stream:
                stream.write(settings)
        return proof_project.commit(self.project.root, "newer")

    def judge(self, newer: str) -> Judgement:
        return between(self.project.root, self.older, newer)

    def migrate(self) -> str:
        """Of the newer code: its error, "" where it went through."""
        try:
            jobs_done(self.python, self.project.backend, self.database, ["migrate"])
        except AssertionError as error:
            return str(error)
        return ""

    def test_of_the_older_code(self, *apps: str) -> dict[str, str]:
        errors: dict[str, str] = jobs_done(
            self.python, self.backend, self.database, ["run", {app: CRUD for app in apps}]
        )[0]
        return errors

    def take_back(self, judgement: Judgement) -> str:
        """Run the printed commands as they are, in order, by the newer code: what they had to complain of."""
        said = ""
        for command in judgement.reversal:
            program, *words = shlex.split(command)
            assert program == "python"
            done = subprocess.run(
                [str(self.python), *words],
                cwd=self.project.backend,
                env=proof.variables(self.database),
                capture_output=True,
                encoding="utf-8",
                timeout=60,
            )
            said += done.stderr
        return said


@pytest.fixture(scope="session")
def made(
    postgres: Server, environments: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """The older commit, its environment, and a database that it has migrated and written to."""
    project = Project(tmp_path_factory.mktemp("history") / "project")
    proof_project.write(project.root, [SHOP, STORE], django="5.2", python=PYTHON)
    link(project, environments("5.2"))
    python = environment.folder(project) / "bin" / "python"
    jobs: list[list[Any]] = [["migrate"], ["keep", {"shop": ROWS, "store": ROWS}]]
    jobs_done(python, project.backend, postgres.database("history"), *jobs)
    return project.root, proof_project.commit(project.root, "older")


@pytest.fixture
def world(made: tuple[Path, str], postgres: Server, tmp_path: Path, request: pytest.FixtureRequest) -> World:
    root, older = made
    project = Project(tmp_path / "project")
    shutil.copytree(root, project.root, ignore=shutil.ignore_patterns(".smctl"))
    link(project, root / ".smctl" / "env")
    shutil.copytree(project.backend, tmp_path / "older" / "backend")
    database = postgres.database(f"history_{request.node.name}"[:60], template="history")
    python = environment.folder(project) / "bin" / "python"
    return World(project, older, tmp_path / "older" / "backend", python, database)


def shop(newer: str | dict[str, Step], *removes: str) -> Pair:
    return harmless("shop", newer, removes=removes)


def test_a_new_dependency_of_what_is_applied_is_refused_as_migrate_refuses_it(world: World) -> None:
    newer = world.newer(shop({"0001b_size": SIZE, "0002_note": Step(NOTE.operations, after=("0001b_size",))}))
    judgement = world.judge(newer)
    assert judgement.verdict == Verdict.IMPOSSIBLE
    assert "shop.0002_note is applied, and shop.0001b_size" in judgement.refused[0]
    assert judgement.way_through and not judgement.reversal
    assert "InconsistentMigrationHistory" in world.migrate()


def test_a_renamed_migration_without_replaces_is_missing_and_does_not_apply(world: World) -> None:
    newer = world.newer(shop({"0002_remark": Step(NOTE.operations, after=("0001_initial",))}, "0002_note"))
    judgement = world.judge(newer)
    assert (judgement.missing, judgement.verdict) == (("shop.0002_note",), Verdict.IMPOSSIBLE)
    assert "replaces" in judgement.way_through
    assert "already exists" in world.migrate()


def test_a_commit_of_another_branch_lacks_what_the_older_one_has(world: World) -> None:
    judgement = world.judge(world.newer(shop({"0002_size": SIZE}, "0002_note")))
    assert judgement.missing == ("shop.0002_note",)
    assert any("missing" in line for line in lines(judgement))


def test_a_squash_of_which_a_part_is_applied_and_the_rest_is_gone_is_refused(world: World) -> None:
    names = [("shop", name) for name in ("0001_initial", "0002_note", "0003_size")]
    operations = ", ".join(step.operations for step in (INITIAL, NOTE, SIZE))
    squash = Step(operations, words=f"replaces = {names}")
    judgement = world.judge(world.newer(shop({"0001_squashed": squash}, "0001_initial", "0002_note")))
    assert judgement.verdict == Verdict.IMPOSSIBLE
    assert "shop.0001_squashed" in judgement.refused[0]
    # Django says that all is well, and the column is not there.
    assert world.migrate() == ""
    (error,) = jobs_done(
        world.python,
        world.backend,
        world.database,
        ["run", {"shop": 'Thing.objects.raw("SELECT size FROM shop_thing")[0]'}],
    )
    assert "size" in error["shop"]


def test_one_command_takes_back_what_hangs_together_over_two_apps(world: World) -> None:
    store = Step(RENAME, words='dependencies = [("store", "0001_initial"), ("shop", "0003_renamed")]')
    newer = world.newer(shop({"0003_renamed": Step(RENAME)}), harmless("store", {"0002_renamed": store}))
    judgement = world.judge(newer)
    assert judgement.reversal == ("python manage.py migrate shop 0002_note",)
    assert [item.key for item in judgement.migrations if item.undone] == [
        "shop.0003_renamed",
        "store.0002_renamed",
    ]
    assert world.migrate() == ""
    assert all(world.test_of_the_older_code("shop", "store").values())
    assert world.take_back(judgement) == ""
    assert world.test_of_the_older_code("shop", "store") == {"shop": "", "store": ""}


def test_two_apps_that_do_not_hang_together_are_two_commands(world: World) -> None:
    newer = world.newer(shop({"0003_renamed": Step(RENAME)}), harmless("store", RENAME))
    judgement = world.judge(newer)
    assert judgement.reversal == (
        "python manage.py migrate shop 0002_note",
        "python manage.py migrate store 0001_initial",
    )
    assert world.migrate() == ""
    assert world.take_back(judgement) == ""
    assert world.test_of_the_older_code("shop", "store") == {"shop": "", "store": ""}


def test_the_first_migration_of_a_new_app_is_taken_back_to_zero(world: World) -> None:
    there, back = (f"ALTER TABLE shop_thing RENAME {names}" for names in ("name TO title", "title TO name"))
    fresh = harmless("fresh", {"0001_initial": Step(f"migrations.RunSQL({there!r}, {back!r})")}, models="")
    judgement = world.judge(world.newer(fresh, settings='INSTALLED_APPS += ["fresh"]\n'))
    assert judgement.reversal == ("python manage.py migrate fresh zero",)
    assert world.migrate() == ""
    assert world.test_of_the_older_code("shop")["shop"]
    assert world.take_back(judgement) == ""
    assert world.test_of_the_older_code("shop") == {"shop": ""}


def test_functions_of_an_app_that_is_new_are_harmless_with_a_caution(world: World) -> None:
    fill = Step("migrations.RunPython(fill)", head="def fill(apps, editor): pass\n")
    fresh = harmless("fresh", {"0001_initial": fill}, models="")
    judgement = world.judge(world.newer(fresh, settings='INSTALLED_APPS += ["fresh"]\n'))
    assert judgement.verdict == Verdict.HARMLESS
    assert "other apps" in judgement.migrations[0].caution[0]


def test_an_app_that_is_gone_leaves_its_tables_and_is_told(world: World) -> None:
    judgement = world.judge(world.newer(settings='INSTALLED_APPS.remove("store")\n'))
    assert (judgement.verdict, judgement.migrations) == (Verdict.HARMLESS, ())
    assert any("store" in note for note in judgement.notes)
    assert world.migrate() == ""
    assert world.test_of_the_older_code("store") == {"store": ""}


def test_what_reversing_loses_is_said(world: World) -> None:
    judgement = world.judge(world.newer(shop({"0003_stars": Step(add("stars", "IntegerField(default=1)"))})))
    assert judgement.loses == ("the values of shop_thing.stars",)
    assert "  loses the values of shop_thing.stars" in lines(judgement)


def test_a_tree_that_does_not_load_is_refused_with_what_python_said(world: World) -> None:
    newer = world.newer(settings="raise RuntimeError('no such luck')\n")
    with pytest.raises(Refused) as caught:
        world.judge(newer)
    assert caught.value.code == "tree_unreadable"
    assert "no such luck" in caught.value.why and newer[:12] in caught.value.message
    assert not list((world.project.state_dir / "trees").glob("run-*"))
