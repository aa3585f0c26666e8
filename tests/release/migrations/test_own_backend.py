"""This repository's own backend, read from its commits: its packages, its settings, its own constraints."""

from __future__ import annotations

import shutil

import pytest

from smctl.project.project import Project
from smctl.release.migrations import Judgement, Verdict, between, lines, reading
from smctl.stack.embedded import environment
from tests.e2e.live import LEFT_OUT
from tests.processes import REPOSITORY
from tests.release.migrations.proof_project import commit

MIGRATION = """\
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

from apps.core.constraints import Check
from apps.core.tenancy.constraints import SameTenant, TenantPolicy


class Migration(migrations.Migration):
    dependencies = [("transactions", "{}")]
    operations = [{}]
"""
# Each a migration after the one above it.
OPERATIONS = {
    "0002_note": 'migrations.AddField("product", "note", models.TextField(null=True))',
    "0003_reference": 'migrations.AddConstraint("transaction", SameTenant(field="customer", name="again"))',
    "0004_few": 'AddConstraintNotValid("product", Check(that=models.Q(current_stock__lte=9), name="few"))',
    "0005_valid": 'ValidateConstraint("product", "few")',
    "0006_policy": 'migrations.RemoveConstraint("product", "product_tenant")',
    "0007_title": 'migrations.RenameField("product", "name", "title")',
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """The backend as it is here, as the first commit of a repository of its own."""
    project = Project(tmp_path_factory.mktemp("own") / "shop")
    project.root.mkdir()
    shutil.copytree(REPOSITORY / "backend", project.backend, ignore=LEFT_OUT)
    for name in ("smctl.toml", ".gitignore"):
        shutil.copy(REPOSITORY / name, project.root / name)
    here = Project(REPOSITORY)
    if environment.is_ready(here):
        project.state_dir.mkdir()
        (project.state_dir / "env").symlink_to(here.state_dir / "env")
    environment.ensure(project, print)
    return project, commit(project.root, "as it is")


@pytest.fixture(scope="module")
def judgement(repository: tuple[Project, str]) -> Judgement:
    project, first = repository
    before = "0001_initial"
    for name, operations in OPERATIONS.items():
        file = project.backend / "apps" / "transactions" / "migrations" / f"{name}.py"
        file.write_text(MIGRATION.format(before, operations), encoding="utf-8")
        before = name
    return between(project.root, first, commit(project.root, "migrations"))


def test_there_is_nothing_between_a_commit_and_itself() -> None:
    judgement = between(REPOSITORY, "HEAD", "HEAD")
    assert (judgement.migrations, judgement.missing, judgement.verdict) == ((), (), Verdict.HARMLESS)


def test_each_migration_has_its_verdict_in_the_order_in_which_they_run(judgement: Judgement) -> None:
    assert {item.key: str(item.verdict) for item in judgement.migrations} == {
        "transactions.0002_note": "harmless",
        "transactions.0003_reference": "harmless",
        "transactions.0004_few": "needs reversing",
        "transactions.0005_valid": "harmless",
        "transactions.0006_policy": "needs reversing",
        "transactions.0007_title": "needs reversing",
    }
    assert not judgement.notes


def test_one_command_takes_back_the_first_that_harms_and_all_after_it(judgement: Judgement) -> None:
    assert judgement.reversal == ("python manage.py migrate transactions 0003_reference",)
    assert [item.undone for item in judgement.migrations] == [False, False, True, True, True, True]


def test_people_and_scripts_are_told_the_same(judgement: Judgement) -> None:
    document, said = judgement.as_document(), "\n".join(lines(judgement))
    assert document["verdict"] == "needs reversing"
    for item in document["migrations"]:
        assert f"{item['migration']}: {item['verdict']}: {item['reason']}" in said
    assert all(f"  {command}" in said for command in document["reversal"])


def test_commits_with_the_same_migrations_settings_and_packages_are_not_even_read(
    repository: tuple[Project, str], judgement: Judgement, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _ = repository
    with (project.backend / "apps" / "core" / "errors.py").open("a", encoding="utf-8") as stream:
        stream.write("# changed\n")
    monkeypatch.setattr(reading, "read", None)
    assert between(project.root, judgement.newer, commit(project.root, "another")).migrations == ()
