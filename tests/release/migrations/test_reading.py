"""Which Python reads which tree, and what it is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from smctl.errors import Refused
from smctl.project.project import Project
from smctl.release.migrations import between
from smctl.stack.embedded import environment
from tests.release.migrations import proof_project
from tests.release.migrations.pairs.pair import Pair, harmless
from tests.release.migrations.proof import PYTHON

BARE = harmless(
    "shop", 'migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True))])', models=""
)


def written(root: Path, pair: Pair, django: str) -> Project:
    proof_project.write(root, [pair], django=django, python=PYTHON)
    return Project(root)


def test_each_tree_is_read_with_the_packages_of_its_own_lock(
    tmp_path: Path, environments: Callable[[str], Path]
) -> None:
    project = written(tmp_path / "shop", BARE, "4.2")
    older = proof_project.commit(project.root, "older")
    project = written(tmp_path / "shop", BARE, "5.2")
    proof_project.write_newer(project.backend, BARE)
    newer = proof_project.commit(project.root, "newer")
    (project.state_dir / "env").mkdir(parents=True)
    for django in ("4.2", "5.2"):
        for made in environments(django).iterdir():
            (project.state_dir / "env" / made.name).symlink_to(made)
    judgement = between(project.root, older, newer)
    assert [item.key for item in judgement.migrations] == ["shop.0002_newer"]
    assert "(Django 4.2" in judgement.notes[0] and "and 5.2" in judgement.notes[0]


def test_the_environments_of_the_stack_are_left_alone_when_one_is_made_for_a_tree(tmp_path: Path) -> None:
    project = written(tmp_path / "shop", BARE, "5.2")
    lock = project.backend / "requirements" / "5.2-dev.txt"
    lock.write_text("# nothing\n")
    older = proof_project.commit(project.root, "older")
    stacks = project.state_dir / "env" / "of-the-stack"
    stacks.mkdir(parents=True)
    proof_project.write_newer(project.backend, BARE)
    with pytest.raises(Refused) as caught:
        between(project.root, older, proof_project.commit(project.root, "newer"))
    assert "No module named 'django'" in caught.value.why
    assert [path.name for path in stacks.parent.iterdir()] == ["of-the-stack"]
    made = project.state_dir / "trees" / "env" / environment.key(project)
    assert (made / "bin" / "python").exists()


def test_settings_are_told_of_no_database_and_no_key(
    tmp_path: Path, environments: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://someone:secret@production/shop")
    project = written(tmp_path / "shop", BARE, "5.2")
    with (project.backend / "proof" / "settings.py").open("a", encoding="utf-8") as stream:
        stream.write("raise RuntimeError(sorted(os.environ))\n")
    older = proof_project.commit(project.root, "older")
    proof_project.write_newer(project.backend, BARE)
    project.state_dir.mkdir(exist_ok=True)
    (project.state_dir / "env").symlink_to(environments("5.2"))
    with pytest.raises(Refused) as caught:
        between(project.root, older, proof_project.commit(project.root, "newer"))
    assert "DJANGO_DEBUG" in caught.value.why
    assert "DATABASE_URL" not in caught.value.why


@pytest.mark.parametrize("part", ["smctl.toml", "backend/manage.py", "backend/requirements/5.2-dev.txt"])
def test_a_commit_from_before_a_part_that_is_needed_is_refused_by_its_name(tmp_path: Path, part: str) -> None:
    project = written(tmp_path / "shop", BARE, "5.2")
    whole = proof_project.commit(project.root, "whole")
    (project.root / part).unlink()
    without = proof_project.commit(project.root, "without")
    with pytest.raises(Refused) as caught:
        between(project.root, without, whole)
    assert (caught.value.code, caught.value.exit_status) == ("tree_unreadable", 4)
    assert part in caught.value.why and without[:12] in caught.value.message
    assert not list((project.state_dir / "trees").glob("run-*"))


def test_a_configuration_of_the_commit_that_smctl_refuses_is_told(tmp_path: Path) -> None:
    project = written(tmp_path / "shop", BARE, "5.2")
    whole = proof_project.commit(project.root, "whole")
    with (project.root / "smctl.toml").open("a", encoding="utf-8") as stream:
        stream.write('postgres = "7"\n')
    with pytest.raises(Refused) as caught:
        between(project.root, proof_project.commit(project.root, "odd"), whole)
    assert "postgres" in caught.value.why
