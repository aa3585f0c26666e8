"""This repository's own backend, read from its commits: its packages, its settings, its own constraints."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from smctl.project.project import Project
from smctl.release.migrations import Judgement, Verdict, between, reading
from smctl.stack.embedded import environment
from tests.e2e.live import LEFT_OUT
from tests.processes import REPOSITORY
from tests.release.migrations.proof_project import commit

Judge = Callable[[str], Judgement]

MIGRATION = """\
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from apps.core.constraints import Check
from apps.core.tenancy.constraints import SameTenant, TenantPolicy


class Migration(migrations.Migration):
    dependencies = [("transactions", "0001_initial")]
    operations = [{}]
"""


@pytest.fixture(scope="session")
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


@pytest.fixture
def judge(repository: tuple[Project, str]) -> Judge:
    """Of a second migration of `transactions` with these operations, against the first."""
    project, first = repository

    def judged(operations: str) -> Judgement:
        file = project.backend / "apps" / "transactions" / "migrations" / "0002_newer.py"
        file.write_text(MIGRATION.format(operations), encoding="utf-8")
        return between(project.root, first, commit(project.root, operations))

    return judged


def test_there_is_nothing_between_a_commit_and_itself() -> None:
    judgement = between(REPOSITORY, "HEAD", "HEAD")
    assert (judgement.migrations, judgement.missing, judgement.verdict) == ((), (), Verdict.HARMLESS)


def test_a_column_that_may_be_null_is_harmless(judge: Judge) -> None:
    judgement = judge('migrations.AddField("product", "note", models.TextField(null=True))')
    assert [item.key for item in judgement.migrations] == ["transactions.0002_newer"]
    assert (judgement.verdict, judgement.notes) == (Verdict.HARMLESS, ())


def test_a_column_that_goes_needs_reversing_by_its_apps_first_migration(judge: Judge) -> None:
    judgement = judge('migrations.RemoveField("product", "current_stock")')
    assert judgement.verdict == Verdict.NEEDS_REVERSING
    assert judgement.reversal == ("python manage.py migrate transactions 0001_initial",)
    assert "transactions_product.current_stock" in judgement.migrations[0].reason


def test_a_reference_that_the_older_code_already_heeds_is_harmless(judge: Judge) -> None:
    again = 'SameTenant(field="customer", name="customer_again")'
    judgement = judge(f'migrations.AddConstraint("transaction", {again})')
    assert judgement.verdict == Verdict.HARMLESS
    assert "heeds the same" in judgement.migrations[0].reason


def test_commits_without_a_migration_setting_or_package_between_them_are_not_even_read(
    repository: tuple[Project, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, first = repository
    (project.backend / "apps" / "core" / "errors.py").open("a", encoding="utf-8").write("# changed\n")
    newer = commit(project.root, "another")
    for path in (project.backend / "apps").glob("*/migrations/0002_newer.py"):
        path.unlink()
        newer = commit(project.root, "without it")
    monkeypatch.setattr(reading, "read", None)
    assert between(project.root, first, newer).migrations == ()


@pytest.mark.parametrize(
    "operations",
    [
        'AddConstraintNotValid("product", Check(that=models.Q(current_stock__lte=9), name="few"))',
        'migrations.RemoveConstraint("product", "product_tenant")',
    ],
)
def test_a_constraint_of_ours_that_the_older_code_may_violate_or_rely_on_needs_reversing(
    judge: Judge, operations: str
) -> None:
    assert judge(operations).verdict == Verdict.NEEDS_REVERSING


def test_the_renderings_of_a_judgement_say_the_same(judge: Judge) -> None:
    document = judge('migrations.RenameField("product", "name", "title")').as_document()
    assert document["verdict"] == "needs reversing"
    assert document["reversal"] == ["python manage.py migrate transactions 0001_initial"]
    (only,) = document["migrations"]
    assert (only["migration"], only["undone"]) == ("transactions.0002_newer", True)
